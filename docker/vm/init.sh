#!/bin/sh
# The first process of a build's machine (packages/executor/src/drivers/vm). It runs one command, or takes one file out,
# says on the first serial port how that went, and turns the machine off. What it is to do is on the disk "job", as shell
# assignments and the words of the command; nothing else reads that disk.
#
# Every line it says begins with a token the command cannot know, as the kernel's messages come by the same port.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
for module in /modules/*.ko; do insmod "$module"; done

# By their names, never by their order.
disk() {
  for block in /sys/block/vd*; do
    read -r serial <"$block/serial"
    [ "$serial" != "$1" ] || echo "/dev/${block##*/}"
  done
}
port() {
  for entry in /sys/class/virtio-ports/*; do
    read -r name <"$entry/name"
    [ "$name" != "$1" ] || echo "/dev/${entry##*/}"
  done
}
# Twice, as a message of the kernel may come in between.
say() { printf '\n%s\n%s\n' "$token $*" "$token $*" >/dev/ttyS0; }
off() {
  sync
  poweroff -f
  sleep 60
}

tr -d '\000' <"$(disk job)" >/job
. /job

# --- a file, when nothing runs any more. The file system is the build's own work: it is only ever mounted in a machine.
take() {
  say started
  at=/build
  mount -t ext4 -o ro,nosuid,nodev,noexec "$(disk build)" "$at" || { say unmountable; return; }
  while [ $# -gt 0 ]; do
    at=$at/$1
    shift
    if [ -L "$at" ]; then say irregular; return; fi
    if [ ! -e "$at" ]; then say missing; return; fi
    if [ $# -gt 0 ] && [ ! -d "$at" ]; then say irregular; return; fi
  done
  if [ ! -f "$at" ]; then say irregular; return; fi
  size=$(stat -c %s "$at")
  if [ "$size" -gt "$most" ]; then say too-large; return; fi
  executable=no
  case $(stat -c %a "$at") in *[1357]*) executable=yes ;; esac
  cat "$at" >"$(disk out)" && sync && say file "$size" "$executable"
}

# --- a command
value=
field() {
  while read -r key value; do [ "$key" != "$2" ] || return 0; done <"$1"
  value=0
}
# Which limit the command has hit so far, if any. What hits one gives no artifact, even if it might have got round it.
look() {
  field /groups/job/memory.events oom_kill
  if [ "$value" != 0 ]; then echo out-of-memory; return; fi
  field /groups/job/pids.events max
  if [ "$value" != 0 ]; then echo too-many-processes; return; fi
  # Free blocks, their size, free inodes; the last megabyte is what a short write could not use.
  set -- $(stat -f -c '%a %S %d' /new/build)
  if [ $(($1 * $2)) -lt 1048576 ] || [ "$3" -lt 4 ]; then echo disk-full; fi
}
watch() {
  while sleep 0.5; do
    hit=$(look)
    [ -z "$hit" ] || echo 1 >/groups/job/cgroup.kill
  done
}
run() {
  mount -t erofs -o ro,nosuid,nodev "$(disk root)" /new
  mount -t erofs -o ro,nosuid,nodev,noexec "$(disk cargo)" /new/cargo
  mount -t ext4 -o nosuid,nodev,noatime "$(disk build)" /new/build || { say unmountable; return; }
  # On the disk before the command begins: the machine may be killed, and the next does not do this again.
  [ "$give" = no ] || { rmdir /new/build/lost+found; chown -Rh 1000:1000 /new/build; sync; }
  mount -t tmpfs -o "nosuid,nodev,mode=1777,size=$temporary" tmp /new/tmp
  mount -t proc -o nosuid,nodev,noexec proc /new/proc
  # The command sees no disk, no serial port and no console.
  mount -t tmpfs -o nosuid,noexec,mode=755,size=64k dev /new/dev
  mknod -m 666 /new/dev/null c 1 3
  mknod -m 666 /new/dev/zero c 1 5
  mknod -m 666 /new/dev/full c 1 7
  mknod -m 666 /new/dev/random c 1 8
  mknod -m 666 /new/dev/urandom c 1 9
  ln -s /proc/self/fd /new/dev/fd
  ln -s fd/0 /new/dev/stdin
  ln -s fd/1 /new/dev/stdout
  ln -s fd/2 /new/dev/stderr
  mkdir /new/dev/shm
  mount -o remount,ro /new/dev
  mount -t tmpfs -o nosuid,nodev,mode=1777,size=64m shm /new/dev/shm
  ip link set lo up
  hostname builds
  echo 0 >/proc/sys/user/max_user_namespaces
  mount -t cgroup2 groups /groups
  echo '+memory +pids' >/groups/cgroup.subtree_control
  mkdir /groups/job
  echo "$memory" >/groups/job/memory.max
  echo "$processes" >/groups/job/pids.max

  mkfifo /out /err
  cat /out >"$(port stdout)" &
  outputs=$!
  cat /err >"$(port stderr)" &
  outputs="$outputs $!"
  say started
  (
    echo 0 >/groups/job/cgroup.procs
    ulimit -c 0
    exec chroot /new /usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all \
      --inh-caps=-all /usr/bin/env -i -C "$cwd" "$@"
  ) </dev/null >/out 2>/err &
  command=$!
  watch &
  watcher=$!
  wait "$command"
  code=$?
  # All that is left of it, however it hid: it cannot leave its group.
  kill -KILL "$watcher"
  echo 1 >/groups/job/cgroup.kill
  while field /groups/job/cgroup.events populated && [ "$value" != 0 ]; do sleep 0.05; done
  wait $outputs
  hit=$(look)
  umount /new/build
  say ended "$code" "$hit"
}

umask 022
case $mode in
  run) run "$@" ;;
  take) take "$@" ;;
  *) say started && say booted ;;
esac
off
