#!/bin/sh
# Run while docker/vm/Dockerfile is built: puts together /kit.
set -eu
mkdir -p /kit/lib /kit/share /initrd/bin /initrd/modules

# The kernel as an ELF file, which QEMU starts directly (PVH): unpacking it in the machine would be emulated too. The
# payload of a bzImage is named in its header (Documentation/arch/x86/boot.rst, 0x1f1, 0x248, 0x24c); its last four bytes
# are its unpacked size.
image=$(find /kernel -name 'vmlinuz*' -type f | head -n 1)
modules=$(echo /kernel/usr/lib/modules/*)
number() { od -An "-tu$2" "-j$1" "-N$2" "$image" | tr -d ' '; }
begin=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
tail -c "+$((begin + 1))" "$image" | head -c "$(($(number 588 4) - 4))" >/payload
case $(od -An -tx1 -N4 /payload | tr -d ' ') in
  28b52ffd) zstd -dqc /payload >/kit/kernel ;;
  02214c18) lz4 -dqc /payload >/kit/kernel ;;
  fd377a58) xz -dqc /payload >/kit/kernel ;;
  *) echo "The kernel is packed in a way that is not known here." >&2; exit 1 ;;
esac

# The first process and what it needs.
cp /usr/bin/busybox /initrd/bin/busybox
for applet in sh mount insmod; do ln -s busybox "/initrd/bin/$applet"; done
for module in drivers/block/virtio_blk fs/erofs/erofs; do
  # What is not there is part of the kernel.
  [ ! -e "$modules/kernel/$module.ko.xz" ] || xz -dc "$modules/kernel/$module.ko.xz" >"/initrd/modules/${module##*/}.ko"
done
mkdir /initrd/proc /initrd/sys /initrd/dev /initrd/new /initrd/build /initrd/groups
cp /init.sh /initrd/init
chmod 755 /initrd/init
cd /initrd
find . -exec touch -hd @1700000000 {} +
find . | LC_ALL=C sort | cpio -o -H newc --reproducible --quiet | gzip -n1 >/kit/initrd.gz

# Programs that run on any glibc, by their own loader.
cp /usr/bin/qemu-system-x86_64 /usr/bin/mkfs.erofs /kit/
for program in qemu-system-x86_64 mkfs.erofs; do
  ldd "/usr/bin/$program" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p'
done | sort -u | xargs cp -Lt /kit/lib
cp -L /lib64/ld-linux-x86-64.so.2 /kit/lib/
cp -L /usr/share/seabios/bios-256k.bin /usr/share/qemu/pvh.bin /usr/share/qemu/linuxboot_dma.bin \
  /usr/share/qemu/kvmvapic.bin /kit/share/

printf '%s\n' "${modules##*/}" >/kit/kernel-version
dpkg-query -W -f '${Version}\n' qemu-system-x86 >/kit/qemu-version
