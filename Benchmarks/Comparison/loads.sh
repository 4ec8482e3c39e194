# Sourced by scripts/bench: the loads, and what is taken down of each.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # the other half of each name is in scripts/bench

readonly all_loads=(rest idle down-128 down-256 up-128 up-256 duplex-128 duplex-256 full13-ecdsa full13-rsa full12-ecdsa
    full12-rsa resumed13 resumed12 echo-64 echo-16384 echo-64-one echo-16384-one)
# Those whose floor is measured; the others have the same without TLS.
readonly floor_loads=(rest idle down-128 up-128 duplex-128 full13-ecdsa echo-64 echo-16384 echo-64-one echo-16384-one)

# The longest that one load may take, seconds.
readonly load_limit=300

declare -A suite_of=(
    [13-128]=TLS_AES_128_GCM_SHA256
    [13-256]=TLS_AES_256_GCM_SHA384
    [12-ec]=ECDHE-ECDSA-AES128-GCM-SHA256
    [12-rsa]=ECDHE-RSA-AES128-GCM-SHA256
)

note() { # load, proxy, measure, value
    printf '%d\t%s\t%s\t%s\t%s\n' "$round" "$1" "$2" "$3" "$4" >>"$results"
    printf 'bench: round %d  %-16s %-8s %s %s\n' "$round" "$1" "$2" "$3" "$4" >&2
}

field() { # name, text: the value behind name=
    sed -nE "s/^(.* )?$1=([^ ]*).*/\2/p" <<<"$2"
}

quotient() { # dividend, divisor, decimals
    awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { printf "%.*f\n", d, a / b }'
}

used() { # proxy, field
    field "$2" "$("$work/usage" "${pid_of[$1]}")"
}

# What a proxy still does for connections that have ended belongs to them.
settled_cpu() { # proxy: nanoseconds
    local before now tries
    now=$(used "$1" cpu_ns)
    for ((tries = 0; tries < 20; tries++)); do
        before=$now
        sleep 0.1
        now=$(used "$1" cpu_ns)
        if ((now - before < 1000000)); then break; fi
    done
    printf '%s\n' "$now"
}

# Sends a load through a proxy. True when all that came back was right; leaves `said` and `cpu_ns`.
send_load() { # load, proxy, key, TLS version, suite, kind and arguments of the client
    local load=$1 proxy=$2 key=$3 tls=("tls=$4" "suite=$5" "key=$3") before status=0
    shift 5
    [[ $proxy != relay ]] || tls=()
    before=$(settled_cpu "$proxy")
    said=$(timeout --kill-after=5s "$load_limit" "$work/load" "${port_of[$proxy,$key]}" "$@" "${tls[@]}" \
        2>"$work/load.failure" </dev/null) || status=$?
    cpu_ns=$(($(settled_cpu "$proxy") - before))
    judge "$load" "$proxy" "$status"
}

judge() { # load, proxy, status of the client
    (($3 == 0)) && return
    local reason
    reason=$(head -n 1 "$work/load.failure")
    (($3 != 124)) || reason="not over after $load_limit s"
    note "$1" "$2" failed "${reason:-the client ended with status $3}"
    return 1
}

# A gigabyte is 10^9 bytes, and both directions count.
measure_transfer() { # load, proxy, key length, arguments of the client
    local load=$1 proxy=$2 suite=${suite_of[13-$3]}
    shift 3
    send_load "$load" "$proxy" ec 13 "$suite" transfer "$@" || return 0
    note "$load" "$proxy" cpu_s_per_gb "$(quotient "$cpu_ns" "$(field bytes "$said")" 4)"
}

measure_handshakes() { # load, proxy, key, TLS version, arguments of the client
    local load=$1 proxy=$2 suite=${suite_of[13-128]}
    [[ $4 != 12 ]] || suite=${suite_of[12-$3]}
    send_load "$load" "$proxy" "$3" "$4" "$suite" handshakes seconds="$handshake_seconds" threads=8 "${@:5}" || return 0
    note "$load" "$proxy" cpu_us "$(quotient "$cpu_ns" "$(field completed "$said")000" 1)"
    note "$load" "$proxy" bare_ends "$(field bare "$said")"
}

measure_echo() { # load, proxy, size, count
    send_load "$1" "$2" ec 13 "${suite_of[13-128]}" round-trips size="$3" count="$4" || return 0
    note "$1" "$2" p50_us "$(field p50_us "$said")"
    note "$1" "$2" p99_us "$(field p99_us "$said")"
    # A tenth more than the client times.
    note "$1" "$2" cpu_us "$(quotient "$cpu_ns" $(($4 * 1100)) 2)"
}

processes_of() { # process: it and its children
    local child
    printf '%s\n' "$1"
    for child in $(pgrep --parent "$1"); do processes_of "$child"; done
}

# Binds all threads of a process and of its children. Again if one came or went meanwhile, for a second.
confine() { # processors, process
    local process tries processes
    processes=$(processes_of "$2")
    for ((tries = 0; tries < 50; tries++)); do
        for process in $processes; do
            taskset --all-tasks --cpu-list --pid "$1" "$process" >/dev/null 2>&1 || true
        done
        # shellcheck disable=SC2086 # one word a process
        [[ $(confinement $processes) != "$1" ]] || return 0
        sleep 0.02
    done
    die "process $2 cannot be bound to processors $1"
}

confinement() { # processes...
    local process
    for process in "$@"; do
        sed -n 's/^Cpus_allowed_list:\s*//p' "/proc/$process/task/"*/status 2>/dev/null || true
    done | sort -u
}

# Measures while client, proxy and backend have one processor together.
on_one_processor() { # command, load, proxy, arguments
    local all one process
    all=$(confinement $$)
    one=${all%%[-,]*}
    for process in "$backend" "${pid_of[$3]}"; do confine "$one" "$process"; done
    taskset --cpu-list --pid "$one" $$ >/dev/null
    "$@"
    taskset --cpu-list --pid "$all" $$ >/dev/null
    for process in "$backend" "${pid_of[$3]}"; do confine "$all" "$process"; done
}

measure_rest() { # load, proxy
    note "$1" "$2" rss_mib "$(quotient "$(used "$2" rss_kib)" 1024 1)"
}

kernel_kib() { field kernel_kib "$("$work/usage")"; }

# What ended connections and threads leave in the kernel goes a little later.
settled_kernel() { # KiB
    local before now tries
    now=$(kernel_kib)
    for ((tries = 0; tries < 20; tries++)); do
        before=$now
        sleep 0.25
        now=$(kernel_kib)
        if ((before - now < 128)); then break; fi
    done
    printf '%s\n' "$now"
}

# Proxy "direct" is none: the client at the backend, whose kernel memory is theirs and not a proxy's.
measure_idle() { # load, proxy
    local load=$1 proxy=$2 port=$backend_port before after tls=() status=0 client to from
    local kernel_before kernel_after said
    if [[ $proxy != direct ]]; then
        port=${port_of[$proxy,ec]}
        [[ $proxy == relay ]] || tls=(tls=13 "suite=${suite_of[13-128]}" key=ec)
    fi
    kernel_before=$(settled_kernel)
    before=$(usage_of "$proxy")
    coproc timeout --kill-after=5s "$load_limit" "$work/load" "$port" idle connections="$idle_connections" threads=8 \
        "${tls[@]}" 2>"$work/load.failure"
    # shellcheck disable=SC2153 # COPROC_PID is the shell's
    client=$COPROC_PID
    exec {from}<&"${COPROC[0]}" {to}>&"${COPROC[1]}"
    read -r said <&"$from" || true
    # By then a proxy has given back what it keeps only while bytes move.
    sleep "$idle_seconds"
    after=$(usage_of "$proxy")
    kernel_after=$(kernel_kib)
    printf '\n' >&"$to" || true
    said+=" $(cat <&"$from")"
    wait "$client" || status=$?
    exec {from}<&- {to}>&-
    judge "$load" "$proxy" "$status" || return 0
    note "$load" "$proxy" kernel_kib "$(quotient \
        $((kernel_after - kernel_before + $(growth page_table_kib))) "$idle_connections" 2)"
    [[ $proxy != direct ]] || return 0
    note "$load" "$proxy" pss_kib "$(quotient "$(growth pss_kib)" "$idle_connections" 2)"
    note "$load" "$proxy" opened_s "$(field opened_seconds "$said")"
    note "$load" "$proxy" answered_s "$(field answered_seconds "$said")"
}

usage_of() { # proxy
    if [[ $1 == direct ]]; then printf 'pss_kib=0 page_table_kib=0\n'; else "$work/usage" "${pid_of[$1]}"; fi
}

growth() { # field; of `before` and `after`
    printf '%d\n' $(($(field "$1" "$after") - $(field "$1" "$before")))
}

measure() { # load, proxy
    local up=upload=$bytes down=download=$bytes
    case $1 in
        rest) measure_rest "$@" ;;
        idle) measure_idle "$@" ;;
        down-*) measure_transfer "$@" "${1#*-}" connections="$connections" "$down" ;;
        up-*) measure_transfer "$@" "${1#*-}" connections="$connections" "$up" ;;
        duplex-*) measure_transfer "$@" "${1#*-}" connections=$(((connections + 1) / 2)) "$up" "$down" ;;
        full13-ecdsa) measure_handshakes "$@" ec 13 ;;
        full13-rsa) measure_handshakes "$@" rsa 13 ;;
        full12-ecdsa) measure_handshakes "$@" ec 12 ;;
        full12-rsa) measure_handshakes "$@" rsa 12 ;;
        resumed13) measure_handshakes "$@" ec 13 resumed=1 ;;
        resumed12) measure_handshakes "$@" ec 12 resumed=1 ;;
        echo-64) measure_echo "$@" 64 "$echoes" ;;
        echo-16384) measure_echo "$@" 16384 $((echoes / 2)) ;;
        echo-64-one) on_one_processor measure_echo "$@" 64 "$echoes" ;;
        echo-16384-one) on_one_processor measure_echo "$@" 16384 $((echoes / 2)) ;;
    esac
}
