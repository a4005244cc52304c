#!/usr/bin/env bash
# Puts a disk together in a directory that holds copies of the files beside this one, with the programs at hand.
# usage: put-together.sh SLOT IMAGE      SLOT: what slot A holds. environment: SOURCE_DATE_EPOCH
set -euo pipefail
slot=$1 image=$2
modules=(part_gpt fat ext2 squash4 gzio normal configfile search search_label regexp probe loadenv linux echo test sleep reboot halt boot serial terminal minicmd ls cat datehook datetime)
grub-mkimage -O x86_64-efi -c early.cfg -p /grub -o BOOTX64.EFI "${modules[@]}" efi_gop efi_uga
grub-mkimage -O i386-pc -c early.cfg -p '(,gpt2)/grub' -o core.img "${modules[@]}" biosdisk vga

# The boot partition. Its serial number and times are the commit's.
truncate -s 64M esp.img
mkfs.vfat -F 32 -n NIGHTBELL -i 4E424F58 --invariant esp.img
export MTOOLS_SKIP_CHECK=1
mmd -i esp.img ::/EFI ::/EFI/BOOT ::/grub
find . -type f -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
mcopy -m -i esp.img BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI
mcopy -m -i esp.img grub.cfg ::/grub/grub.cfg
sed 's/$/\r/' nightbell.toml >crlf # Windows' editor is the likeliest
touch -d "@$SOURCE_DATE_EPOCH" crlf
mcopy -m -i esp.img crlf ::/nightbell.toml

# GRUB's memory: which slot is good, and how often it was tried.
mkdir env
grub-editenv env/grubenv create
grub-editenv env/grubenv set "ORDER=A B" A_OK=1 A_TRY=0 B_OK=0 B_TRY=0
touch -d "@$SOURCE_DATE_EPOCH" env env/grubenv
truncate -s 8M env.img
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext2 -O ^resize_inode -L nightbell-env -U 4E494748-5442-454C-4C00-0000000000E0 \
    -E hash_seed=4E494748-5442-454C-4C00-0000000000E1,root_owner=0:0 -d env env.img

[ "$(stat -c %s "$slot")" -le $((4194304 * 512)) ] || { echo 'the root is larger than its slot'; exit 1; }
rm -f "$image"
truncate -s $(((4345856 + 4194304 + 2048) * 512)) "$image"
sfdisk -q "$image" <table.sfdisk
put() { dd if="$1" of="$image" bs=512 seek="$2" conv=notrunc,sparse status=none; }
put core.img 2048
put esp.img 4096
put env.img 135168
put "$slot" 151552
# BIOS starts boot.img, which starts the first sector of core.img, which has to be told where its rest lies.
number() { printf "%016x" "$1" | sed 's/../\\x&\n/g' | tac | tr -d '\n'; }
cp /usr/lib/grub/i386-pc/boot.img boot.img
printf '%b' "$(number 2048)" | dd of=boot.img bs=1 seek=$((0x5c)) conv=notrunc status=none
dd if=boot.img of="$image" bs=1 count=440 conv=notrunc status=none
printf '%b' "$(number 2049)" | dd of="$image" bs=1 seek=$((2048 * 512 + 0x1f4)) conv=notrunc status=none
sfdisk -q --verify "$image"
