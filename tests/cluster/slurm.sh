#!/usr/bin/env bash
# slurm.sh - bring a real SLURM of several nodes up (or down) on one machine,
#            without systemd, cgroups or any network. Debian 12, run as root.
#
#   slurm.sh up        install what is missing, start what is not running (idempotent)
#   slurm.sh down      stop exactly the daemons this script started (by pid file)
#   slurm.sh status    daemons + sinfo
#   slurm.sh clean     down, then delete all state (next 'up' is from scratch)
#   slurm.sh env       print the shell exports a client needs
#   slurm.sh stop-node NODE | start-node NODE | restart-controller [SECONDS]: faults, for tests
#
# Knobs (environment):
#   SLURM_ROOT   state, logs, config       (default /tmp/spendscape-slurm)
#   SLURM_NODES  simulated nodes           (default 2; one slurmd process each)
#   NODE_CPUS    CPUs each node advertises (default: nproc; may exceed reality)
#   NODE_MEM_MB  MiB each node advertises  (default: 90% of RAM / SLURM_NODES)
set -euo pipefail

ROOT=${SLURM_ROOT:-/tmp/spendscape-slurm}
NODES=${SLURM_NODES:-2}
CPUS=${NODE_CPUS:-$(nproc)}
MEM=${NODE_MEM_MB:-$(awk -v n="$NODES" '/MemTotal/{print int($2/1024*0.9/n)}' /proc/meminfo)}
HOST=$(hostname -s)
CONF=$ROOT/etc/slurm.conf

log() { printf 'slurm: %s\n' "$*" >&2; }
die() { log "ERROR: $*"; exit 1; }

# alive PIDFILE NAME: the pid in the file is a live process of that name
alive() {
  local pid; [ -s "$1" ] || return 1
  pid=$(tr -dc 0-9 <"$1"); [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]
}
wait_for() { # SECONDS DESCRIPTION COMMAND...
  local n=$1 what=$2 i; shift 2
  for ((i = 0; i < n * 5; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.2; done
  log "timed out after ${n}s waiting for $what"; tail -n 15 "$ROOT"/log/*.log >&2 || true; exit 1
}
stop_pid() { # PIDFILE NAME
  alive "$1" "$2" || { rm -f "$1"; return 0; }
  local pid i; pid=$(tr -dc 0-9 <"$1"); kill -TERM "$pid"
  for ((i = 0; i < 100; i++)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -0 "$pid" 2>/dev/null && kill -KILL "$pid"
  rm -f "$1"
}

install_pkgs() {
  local want=(slurm-wlm munge)
  local miss=() p
  for p in "${want[@]}"; do
    [ "$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null)" = 'install ok installed' ] || miss+=("$p")
  done
  [ ${#miss[@]} -eq 0 ] && return 0
  log "installing ${miss[*]}"
  export DEBIAN_FRONTEND=noninteractive
  flock -o /tmp/spendscape-apt apt-get update -qq
  flock -o /tmp/spendscape-apt apt-get install -y -qq --no-install-recommends "${miss[@]}" >"$ROOT/log/apt.log" 2>&1 ||
    { tail -20 "$ROOT/log/apt.log" >&2; die "apt-get install failed"; }
}

write_conf() {
  cat >"$CONF" <<CONF
ClusterName=test
SlurmctldHost=$HOST(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=$ROOT/state
SlurmctldPidFile=$ROOT/run/slurmctld.pid
SlurmctldLogFile=$ROOT/log/slurmctld.log
SlurmdPidFile=$ROOT/run/slurmd.%n.pid
SlurmdSpoolDir=$ROOT/spool/%n
SlurmdLogFile=$ROOT/log/slurmd.%n.log
SlurmdParameters=config_overrides
# no cgroups, no pinning: works in any sandbox. Memory is polled every 2 s (PSS,
# since RSS counts a forking process twice) and a job over its request is killed
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill,UsePss
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
# memory is a consumable resource
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# squeue --states=all keeps finished jobs this long; the Snakemake plugin
# wants at least 3 x its status interval
MinJobAge=600
KillWait=5
InactiveLimit=0
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldTimeout=60
SlurmdTimeout=60
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,bf_interval=5
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$ROOT/log/jobcomp.txt
DefMemPerCPU=512
CONF
  local i
  for ((i = 1; i <= NODES; i++)); do
    printf 'NodeName=node%d NodeHostname=%s NodeAddr=127.0.0.1 Port=%d CPUs=%d CoresPerSocket=%d RealMemory=%d State=UNKNOWN\n' \
      "$i" "$HOST" "$((17000 + i))" "$CPUS" "$CPUS" "$MEM" >>"$CONF"
  done
  cat >>"$CONF" <<CONF
PartitionName=main Nodes=ALL Default=YES MaxTime=1-00:00:00 DefaultTime=10 LLN=YES State=UP
PartitionName=short Nodes=ALL MaxTime=30 DefaultTime=5 LLN=YES State=UP
CONF
  # make plain sinfo/sbatch work in any shell, unless someone else's conf is there
  mkdir -p /etc/slurm
  if [ ! -e /etc/slurm/slurm.conf ] || [ -L /etc/slurm/slurm.conf ]; then
    ln -sfn "$CONF" /etc/slurm/slurm.conf
  fi
}

start_munge() {
  if munge -n </dev/null 2>/dev/null | unmunge >/dev/null 2>&1; then return 0; fi
  install -d -o munge -g munge -m 0755 /run/munge
  install -d -o munge -g munge -m 0700 /etc/munge /var/log/munge /var/lib/munge
  if [ ! -s /etc/munge/munge.key ]; then
    (umask 077; head -c 1024 /dev/urandom >/etc/munge/munge.key)
    chown munge:munge /etc/munge/munge.key
  fi
  setsid runuser -u munge -- /usr/sbin/munged </dev/null >>"$ROOT/log/munged.log" 2>&1
  wait_for 10 munged sh -c 'munge -n </dev/null | unmunge'
  cp /run/munge/munged.pid "$ROOT/run/munged.pid"
}

start_slurm() {
  if ! alive "$ROOT/run/slurmctld.pid" slurmctld; then
    setsid slurmctld </dev/null >>"$ROOT/log/slurmctld.out" 2>&1
  fi
  local i
  for ((i = 1; i <= NODES; i++)); do
    mkdir -p "$ROOT/spool/node$i"
    alive "$ROOT/run/slurmd.node$i.pid" slurmd ||
      setsid slurmd -N "node$i" </dev/null >>"$ROOT/log/slurmd.node$i.out" 2>&1
  done
  wait_for 30 slurmctld scontrol ping
  # a node that was down or drained in an earlier life comes back
  for i in $(sinfo -h -N -p main -t down,drain,fail -o %N 2>/dev/null); do
    scontrol update "nodename=$i" state=resume 2>/dev/null || true
  done
  wait_for 30 'all nodes idle' sh -c "[ \"\$(sinfo -h -N -p main -t idle,mix,alloc -o %N | sort -u | wc -l)\" = $NODES ]"
}

export SLURM_CONF=$CONF
case ${1:-up} in
  up)
    [ "$(id -u)" = 0 ] || die 'run as root'
    mkdir -p "$ROOT"/{etc,run,log,state,spool}
    install_pkgs
    write_conf
    start_munge
    start_slurm
    sinfo -N -l ;;
  down)
    # slurmd leaves running steps behind when it stops, so end the jobs first
    if alive "$ROOT/run/slurmctld.pid" slurmctld; then
      squeue -h -o %A | xargs -r scancel 2>/dev/null || true
      for ((i = 0; i < 75; i++)); do [ -z "$(squeue -h 2>/dev/null)" ] && break; sleep 0.2; done
    fi
    for f in "$ROOT"/run/slurmd.*.pid; do [ -e "$f" ] && stop_pid "$f" slurmd; done
    stop_pid "$ROOT/run/slurmctld.pid" slurmctld
    stop_pid "$ROOT/run/munged.pid" munged ;;
  clean)
    "$0" down
    [ "$(readlink /etc/slurm/slurm.conf 2>/dev/null)" = "$CONF" ] && rm -f /etc/slurm/slurm.conf
    rm -rf "$ROOT" ;;
  status)
    for f in "$ROOT"/run/munged.pid "$ROOT"/run/slurmctld.pid "$ROOT"/run/slurmd.*.pid; do
      d=$(basename "$f" .pid)
      if alive "$f" "${d%%.*}"; then log "$d up"; else log "$d down"; fi
    done
    sinfo ;;
  stop-node) kill -KILL "$(cat "$ROOT/run/slurmd.$2.pid")" ;;
  start-node) setsid slurmd -N "$2" </dev/null >>"$ROOT/log/slurmd.$2.out" 2>&1 ;;
  restart-controller)
    kill -KILL "$(cat "$ROOT/run/slurmctld.pid")"; rm -f "$ROOT/run/slurmctld.pid"; sleep "${2:-5}"
    setsid slurmctld </dev/null >>"$ROOT/log/slurmctld.out" 2>&1
    wait_for 30 slurmctld scontrol ping ;;
  env) echo "export SLURM_CONF=$CONF" ;;
  *) die "unknown command $1" ;;
esac
