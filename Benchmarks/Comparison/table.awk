# Turns the results that scripts/bench keeps into one Markdown table: medians over the rounds, ratios, aims. A ratio is the
# median of the rounds' ratios: a machine's speed drifts from round to round by more than proxies differ.
# A line is: round, load, proxy, measure, value; or: fact, name, value.

BEGIN {
    FS = "\t"
    split("duplexd haproxy nginx hitch stunnel relay", columns, " ")
    split("duplexd HAProxy nginx hitch stunnel floor", headings, " ")
    column_count = 6
    # load, measure, decimals, what it is, aim: bound and what it is relative to
    row("down-128", "cpu_s_per_gb", 2, "download, AES-128-GCM, CPU s a GB", 0.68, "haproxy")
    row("down-256", "cpu_s_per_gb", 2, "download, AES-256-GCM, CPU s a GB", 0.68, "haproxy")
    row("up-128", "cpu_s_per_gb", 2, "upload, AES-128-GCM, CPU s a GB", 0.68, "haproxy")
    row("up-256", "cpu_s_per_gb", 2, "upload, AES-256-GCM, CPU s a GB", 0.68, "haproxy")
    row("duplex-128", "cpu_s_per_gb", 2, "both at once, AES-128-GCM, CPU s a GB", 0.75, "haproxy")
    row("duplex-256", "cpu_s_per_gb", 2, "both at once, AES-256-GCM, CPU s a GB", 0.75, "haproxy")
    row("full13-ecdsa", "cpu_us", 0, "full handshake, TLS 1.3, ECDSA P-256, CPU µs", 0.95, "best")
    row("full13-rsa", "cpu_us", 0, "full handshake, TLS 1.3, RSA-2048, CPU µs", 1, "best")
    row("full12-ecdsa", "cpu_us", 0, "full handshake, TLS 1.2, ECDSA P-256, CPU µs", 1, "best")
    row("full12-rsa", "cpu_us", 0, "full handshake, TLS 1.2, RSA-2048, CPU µs", 1, "best")
    row("resumed13", "cpu_us", 0, "resumed handshake, TLS 1.3, CPU µs", 0.95, "best")
    row("resumed12", "cpu_us", 0, "resumed handshake, TLS 1.2, CPU µs", 0.95, "best")
    row("echo-64", "p50_us", 1, "echo of 64 B, p50, µs", 0.9, "best")
    row("echo-64", "p99_us", 1, "echo of 64 B, p99, µs", 0.9, "best")
    row("echo-64", "cpu_us", 1, "echo of 64 B, CPU µs", 0, "none")
    row("echo-16384", "p50_us", 1, "echo of 16 KiB, p50, µs", 0.9, "best")
    row("echo-16384", "p99_us", 1, "echo of 16 KiB, p99, µs", 0.9, "best")
    row("echo-16384", "cpu_us", 1, "echo of 16 KiB, CPU µs", 0, "none")
    row("echo-64-one", "p50_us", 1, "echo of 64 B, one processor, p50, µs", 0.9, "best")
    row("echo-64-one", "p99_us", 1, "echo of 64 B, one processor, p99, µs", 0.9, "best")
    row("echo-16384-one", "p50_us", 1, "echo of 16 KiB, one processor, p50, µs", 0.9, "best")
    row("echo-16384-one", "p99_us", 1, "echo of 16 KiB, one processor, p99, µs", 0.9, "best")
    row("idle", "pss_kib", 1, "a connection at rest, KiB (PSS)", 44, "")
    row("idle", "kernel_kib", 1, "its kernel memory, KiB", 0, "none")
    row("rest", "rss_mib", 1, "no connection, MiB resident", 25, "")
}

function row(load, measure, places, label, bound, relative) {
    row_count++
    row_load[row_count] = load
    row_measure[row_count] = measure
    decimals[row_count] = places
    labels[row_count] = label
    bounds[row_count] = bound
    relatives[row_count] = relative
}

$1 == "fact" {
    facts[$2] = $3
    next
}

$1 + 0 > rounds { rounds = $1 + 0 }

$4 == "failed" {
    failed[$2, $3]++
    if (!(($2, $3) in reason)) reason[$2, $3] = $5
    next
}

{
    key = $2 SUBSEP $3 SUBSEP $4
    values[key, ++count[key]] = $5 + 0
    is_measured[$2] = 1
}

# The median, or "" without a value; "failed" if the load failed in any round.
function median(load, proxy, measure,    key, list, i) {
    if ((load, proxy) in failed) return "failed"
    key = load SUBSEP proxy SUBSEP measure
    for (i = 1; i <= count[key]; i++) list[i] = values[key, i]
    return middle(list, count[key] + 0)
}

# The median of list[1] to list[number], which it sorts; "" of none.
function middle(list, number,    i, j, value) {
    if (!number) return ""
    for (i = 2; i <= number; i++) {
        value = list[i]
        for (j = i - 1; j > 0 && list[j] > value; j--) list[j + 1] = list[j]
        list[j + 1] = value
    }
    return number % 2 ? list[(number + 1) / 2] : (list[number / 2] + list[number / 2 + 1]) / 2
}

# duplexd's figure divided by a peer's, round by round: the median; "" where either has none in some round. Kernel memory is
# no figure of one run.
function ratio(load, measure, peer,    ours, theirs, list, i) {
    if (measure == "kernel_kib") return ""
    ours = load SUBSEP "duplexd" SUBSEP measure
    theirs = load SUBSEP peer SUBSEP measure
    if ((load, "duplexd") in failed || (load, peer) in failed || count[ours] != count[theirs]) return ""
    for (i = 1; i <= count[ours]; i++) {
        if (values[theirs, i] <= 0) return ""
        list[i] = values[ours, i] / values[theirs, i]
    }
    return middle(list, count[ours] + 0)
}

# The plain relay's CPU, and in bulk that of AES-GCM on top: sealed going down, opened going up, both halves in duplex.
function floor_of(load, measure,    base, bits, value, crypto) {
    base = load
    sub(/-256$/, "-128", base)
    if (load ~ /^(full|resumed)/) base = "full13-ecdsa"
    value = median(base, "relay", measure)
    if (measure != "cpu_s_per_gb" || value == "" || value == "failed") return value
    bits = substr(load, length(load) - 2)
    if (load ~ /^down/) crypto = median("gcm", "libcrypto", "seal" bits)
    else if (load ~ /^up/) crypto = median("gcm", "libcrypto", "open" bits)
    else crypto = (median("gcm", "libcrypto", "seal" bits) + median("gcm", "libcrypto", "open" bits)) / 2
    return value + crypto
}

# What a proxy's kernel memory is: all that grew, less what the client and the backend need by themselves.
function figure(index_of_row, proxy,    load, measure, value, direct) {
    load = row_load[index_of_row]
    measure = row_measure[index_of_row]
    value = proxy == "relay" ? floor_of(load, measure) : median(load, proxy, measure)
    if (measure == "kernel_kib" && value != "" && value != "failed") {
        direct = median(load, "direct", measure)
        value = direct == "" || direct == "failed" ? "" : value - direct
        # Less than nothing is what the rest of the machine gave back meanwhile.
        if (value != "" && value < 0) value = 0
    }
    return value
}

function shown(value, places) {
    if (value == "") return "–"
    if (value == "failed") return value
    return sprintf("%." places "f", value)
}

function is_number(value) { return value != "" && value != "failed" }

function aim(i) {
    if (relatives[i] == "none") return "–"
    if (relatives[i] == "haproxy") return "≤ " bounds[i] " × HAProxy"
    if (relatives[i] == "best") return "≤ " bounds[i] " × best peer"
    return "≤ " bounds[i]
}

function is_reached(i, ours, by_haproxy, by_best,    value) {
    value = relatives[i] == "haproxy" ? by_haproxy : relatives[i] == "best" ? by_best : ours
    if (relatives[i] == "none" || value == "") return "–"
    if (value == "failed") return "no"
    return value <= bounds[i] ? "yes" : "no"
}

# The best peer is the one with the least median.
function print_row(i,    line, c, value, ours, least, best, by_haproxy, by_best) {
    line = "| " labels[i] " |"
    for (c = 1; c <= column_count; c++) {
        value = figure(i, columns[c])
        if (columns[c] == "duplexd") ours = value
        if (columns[c] !~ /^(duplexd|relay)$/ && is_number(value) && (best == "" || value < least)) {
            least = value
            best = columns[c]
        }
        line = line " " shown(value, decimals[i]) " |"
    }
    by_haproxy = ratio(row_load[i], row_measure[i], "haproxy")
    by_best = ratio(row_load[i], row_measure[i], best)
    print line " " shown(by_haproxy, 2) " | " shown(by_best, 2) " | " aim(i) " | " \
        is_reached(i, ours, by_haproxy, by_best) " |"
}

function rounds_text() { return rounds " round" (rounds == 1 ? "" : "s") }

function print_failures(    key, parts) {
    for (key in failed) {
        split(key, parts, SUBSEP)
        print "- failed: " parts[1] " through " parts[2] ", " failed[key] " of " rounds_text() ": " reason[key]
    }
}

# Beyond the table: what a single figure does not tell.
function print_notes(    c, opened, answered, direct) {
    opened = median("idle", "duplexd", "opened_s")
    answered = median("idle", "duplexd", "answered_s")
    if (is_number(opened)) {
        print "- duplexd's connections at rest were opened in " shown(opened, 2) " s; asked all at once, the last answered" \
            " after " shown(answered * 1000, 0) " ms."
    }
    for (c = 2; c < column_count; c++) {
        if (median("full13-ecdsa", columns[c], "bare_ends") > 0) {
            print "- " headings[c] " answers a client's close_notify with FIN and no close_notify of its own."
        }
    }
}

END {
    print "| load | " headings[1] " | HAProxy | nginx | hitch | stunnel | floor | ÷ HAProxy | ÷ best peer | aim | reached |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|"
    for (i = 1; i <= row_count; i++) if (is_measured[row_load[i]]) print_row(i)
    print ""
    print_notes()
    print_failures()
    print "- " facts["date"] ", `" facts["command"] "`, medians of " rounds_text() ", " facts["settings"] "."
    print "- Linux " facts["kernel"] ", " facts["cores"] " cores of " facts["processor"] \
        ("congestion" in facts ? ", TCP by " facts["congestion"] : "") \
        ("halt_poll" in facts ? ", idle processors poll for " facts["halt_poll"] / 1000 " µs" : "") \
        ", load average before the run " facts["busy"] "."
    peers = ""
    for (c = 2; c < column_count; c++) {
        if (columns[c] in facts) peers = peers (peers == "" ? "" : ", ") headings[c] " " facts[columns[c]]
    }
    print "- " facts["duplexd"] ". Peers and client with libcrypto " facts["libcrypto"] (peers == "" ? "." : ": " peers ".")
}
