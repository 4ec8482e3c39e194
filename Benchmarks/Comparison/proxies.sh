# Sourced by scripts/bench: how each proxy is told to do the same, and how it is started and stopped.
#
# Every proxy has two listeners on 127.0.0.1, one with an ECDSA P-256 and one with an RSA-2048 certificate, in front of
# one plain backend: TLS 1.2 and 1.3, tickets on, TCP_NODELAY, nothing logged for a connection, `workers` threads or
# processes where the proxy wants a number. What is not set here is the proxy's default.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # the other half of each name is in scripts/bench

declare -A pid_of port_of

configure_duplexd() { # name's ports: ec, rsa
    {
        printf '[daemon]\nlog_level = "warning"\nlog_format = "text"\nmax_connections = %d\n' $((idle_connections + 1000))
        printf 'drain_timeout = "0s"\nbusy_polling = "%s"\n' "${BUSY_POLLING:-auto}"
        local key port=$1
        for key in ec rsa; do
            printf '\n[[proxy]]\nname = "%s"\nlisten = "127.0.0.1:%d"\nbackend = "127.0.0.1:%d"\n' \
                "$key" "$port" "$backend_port"
            printf 'tls = { certificate = "%s.crt", private_key = "%s.key" }\n' "$key" "$key"
            port=$2
        done
    } >"$work/duplexd.toml"
    command=("$BINARY" run --config "$work/duplexd.toml")
}

configure_haproxy() {
    cat >"$work/haproxy.cfg" <<CONFIGURATION
global
    maxconn $((idle_connections + 1000))
    nbthread $workers
    tune.ssl.default-dh-param 2048
defaults
    mode tcp
    timeout client 600s
    timeout server 600s
    timeout connect 5s
listen ec
    bind 127.0.0.1:$1 ssl crt $work/ec.pem ssl-min-ver TLSv1.2
    server backend 127.0.0.1:$backend_port
listen rsa
    bind 127.0.0.1:$2 ssl crt $work/rsa.pem ssl-min-ver TLSv1.2
    server backend 127.0.0.1:$backend_port
CONFIGURATION
    command=(haproxy -db -f "$work/haproxy.cfg")
}

configure_nginx() {
    cat >"$work/nginx.conf" <<CONFIGURATION
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
worker_processes $workers;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.errors;
worker_rlimit_nofile 65536;
events { worker_connections $((2 * idle_connections + 4000)); }
stream {
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:all:10m;
    proxy_timeout 600s;
    server {
        listen 127.0.0.1:$1 ssl backlog=4096;
        ssl_certificate $work/ec.crt;
        ssl_certificate_key $work/ec.key;
        proxy_pass 127.0.0.1:$backend_port;
    }
    server {
        listen 127.0.0.1:$2 ssl backlog=4096;
        ssl_certificate $work/rsa.crt;
        ssl_certificate_key $work/rsa.key;
        proxy_pass 127.0.0.1:$backend_port;
    }
}
CONFIGURATION
    command=(nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.errors")
}

configure_hitch() {
    cat >"$work/hitch.conf" <<CONFIGURATION
frontend = {
    host = "127.0.0.1"
    port = "$1"
    pem-file = "$work/ec.pem"
}
frontend = {
    host = "127.0.0.1"
    port = "$2"
    pem-file = "$work/rsa.pem"
}
backend = "[127.0.0.1]:$backend_port"
workers = $workers
backlog = 4096
tls-protos = TLSv1.2 TLSv1.3
daemon = off
quiet = on
$( ((EUID != 0)) || printf 'user = "nobody"')
CONFIGURATION
    command=(hitch "--config=$work/hitch.conf")
}

configure_stunnel() {
    cat >"$work/stunnel.conf" <<CONFIGURATION
foreground = yes
pid =
debug = 0
sslVersionMin = TLSv1.2
[ec]
accept = 127.0.0.1:$1
connect = 127.0.0.1:$backend_port
cert = $work/ec.crt
key = $work/ec.key
[rsa]
accept = 127.0.0.1:$2
connect = 127.0.0.1:$backend_port
cert = $work/rsa.crt
key = $work/rsa.key
CONFIGURATION
    command=(stunnel "$work/stunnel.conf")
}

# The floor has no TLS, so both of its ports are one.
configure_relay() {
    command=("$work/relay" "$1" "$backend_port")
}

version() { # proxy
    case $1 in
        duplexd) "$BINARY" --version | head -n 1 | cut -d ' ' -f 2 ;;
        haproxy) haproxy -v | sed -nE '1s/.*version ([^ ]+).*/\1/p' ;;
        nginx) nginx -v 2>&1 | sed -nE 's,.*nginx/([^ ]+).*,\1,p' ;;
        hitch) hitch --version | sed -nE 's/hitch ([^ ]+).*/\1/p' ;;
        stunnel) stunnel -version 2>&1 | sed -nE 's/^stunnel ([0-9.]+).*/\1/p' ;;
    esac
}

is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; } # port

is_alive() { kill -0 "$1" 2>/dev/null; } # process

# Another program may take a port between its choice and its use; then the proxy ends, and other ports are tried.
start_proxy() { # proxy: whether it listens; else why_not says what it said
    local proxy=$1 attempt ports command deadline
    for attempt in 1 2 3; do
        mapfile -t ports < <("$work/free_ports" 2)
        [[ $proxy != relay ]] || ports[1]=${ports[0]}
        "configure_$proxy" "${ports[@]}"
        "${command[@]}" >"$work/$proxy.log" 2>&1 </dev/null &
        pid_of[$proxy]=$!
        port_of[$proxy,ec]=${ports[0]} port_of[$proxy,rsa]=${ports[1]}
        deadline=$((SECONDS + 10))
        while is_alive "${pid_of[$proxy]}" && ((SECONDS < deadline)); do
            if is_listening "${ports[0]}" && is_listening "${ports[1]}"; then return; fi
            sleep 0.05
        done
        stop_proxy "$proxy"
    done
    why_not="does not start, $attempt attempts: $(tail -n 1 "$work/$proxy.log")"
    return 1
}

stop_proxy() { # proxy
    local pid=${pid_of[$1]:-} deadline=$((SECONDS + 5))
    [[ -n $pid ]] || return 0
    unset "pid_of[$1]"
    kill "$pid" 2>/dev/null || true
    while is_alive "$pid" && ((SECONDS < deadline)); do sleep 0.05; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
