// What processes have used, each with all that descend from it:
//   usage [PID...]    prints cpu_ns, pss_kib, rss_kib, page_table_kib, threads, processes; and kernel_kib, the whole
//                     machine's kernel stacks and unreclaimable slab, so without what files and their cache take
// CPU time is that of the process's own clock: to the nanosecond, threads that have ended included. Children that have
// ended and were waited for come from /proc/PID/stat, to the tick.

#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 65536, LINE = 4096 };

struct process {
    int id, parent, isCounted;
    long threads;
    uint64_t endedTicks;
};

static struct process processes[PROCESSES];
static int process_count;

static void read_process(int id) {
    char path[64], line[LINE];
    snprintf(path, sizeof path, "/proc/%d/stat", id);
    FILE *file = fopen(path, "re");
    if (!file) return;
    size_t count = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[count] = 0;
    // The name stands in parentheses and may hold anything, parentheses too.
    char *rest = strrchr(line, ')');
    struct process process = {.id = id};
    long childUser, childSystem;
    if (!rest || sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld %*d %*d %ld",
                     &process.parent, &childUser, &childSystem, &process.threads) != 4) {
        return;
    }
    process.endedTicks = (uint64_t)(childUser + childSystem);
    if (process_count < PROCESSES) processes[process_count++] = process;
}

static void read_all(void) {
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (isdigit((unsigned char)entry->d_name[0])) read_process(atoi(entry->d_name));
    }
    if (folder) closedir(folder);
}

// Marks those that descend from a marked one, until there is no new one.
static void mark_descendants(void) {
    int isNew = 1;
    while (isNew) {
        isNew = 0;
        for (int i = 0; i < process_count; i++) {
            for (int j = 0; j < process_count && !processes[i].isCounted; j++) {
                if (!processes[j].isCounted || processes[j].id != processes[i].parent) continue;
                processes[i].isCounted = 1;
                isNew = 1;
            }
        }
    }
}

static uint64_t cpu_nanoseconds(int id) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(id, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// The sum of those lines of a file in /proc whose name is in `names`, KiB.
static long kibibytes(const char *path, const char *const *names) {
    char line[LINE];
    long sum = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        for (const char *const *name = names; *name; name++) {
            if (strncmp(line, *name, strlen(*name)) == 0) sum += atol(line + strlen(*name));
        }
    }
    if (file) fclose(file);
    return sum;
}

int main(int count, char **arguments) {
    static const char *const pss[] = {"Pss:", NULL}, *const rss[] = {"Rss:", NULL};
    static const char *const pageTables[] = {"VmPTE:", NULL};
    static const char *const kernel[] = {"KernelStack:", "SUnreclaim:", NULL};
    read_all();
    for (int i = 1; i < count; i++) {
        for (int j = 0; j < process_count; j++) processes[j].isCounted |= processes[j].id == atoi(arguments[i]);
    }
    mark_descendants();
    uint64_t cpu = 0, tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
    long pssSum = 0, rssSum = 0, pageTableSum = 0, threads = 0;
    int found = 0;
    for (int i = 0; i < process_count; i++) {
        if (!processes[i].isCounted) continue;
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/smaps_rollup", processes[i].id);
        cpu += cpu_nanoseconds(processes[i].id) + processes[i].endedTicks * tick;
        pssSum += kibibytes(path, pss);
        rssSum += kibibytes(path, rss);
        snprintf(path, sizeof path, "/proc/%d/status", processes[i].id);
        pageTableSum += kibibytes(path, pageTables);
        threads += processes[i].threads;
        found++;
    }
    printf("cpu_ns=%llu pss_kib=%ld rss_kib=%ld page_table_kib=%ld threads=%ld processes=%d kernel_kib=%ld\n",
        (unsigned long long)cpu, pssSum, rssSum, pageTableSum, threads, found, kibibytes("/proc/meminfo", kernel));
    return found == 0 && count > 1;
}
