package inspect

import "bytes"

// foreignForms are what archives, file systems and encrypted files begin with that are not
// read: each is searched as it is, and what is packed in it is a mild gap. Sources:
// file(1)'s magic and each format's specification.
var foreignForms = []struct{ magic, name string }{
	{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{"Rar!\x1a\x07\x00", "a RAR archive"},
	{"Rar!\x1a\x07\x01\x00", "a RAR archive"},
	{"MSCF\x00\x00\x00\x00", "a cabinet"},
	{"070701", "a cpio archive"},
	{"070702", "a cpio archive"},
	{"070707", "a cpio archive"},
	{"\xed\xab\xee\xdb", "an RPM package"},
	{"hsqs", "a SquashFS file system"},
	{"sqsh", "a SquashFS file system"},
	{"\x04\x22\x4d\x18", "an LZ4 frame"},
	{"LZIP\x01", "an lzip file"},
	{"\x89LZO\x00\x0d\x0a\x1a\x0a", "an lzop file"},
	{"LRZI\x00", "an lrzip file"},
	{"zPQ\x01", "a ZPAQ archive"},
	{"7kSt", "a ZPAQ archive"},
	{"xar!\x00\x1c", "a xar archive"},
	{"MSWIM\x00\x00\x00", "a WIM archive"},
	{"QFI\xfb", "a QCOW disk"},
	{"KDMV", "a VMDK disk"},
	{"Salted__", "a file encrypted by OpenSSL"},
	{"age-encryption.org/v1\n", "a file encrypted by age"},
	{"LUKS\xba\xbe", "a disk encrypted by LUKS"},
}

// foreign names the form of a file that begins so; "" if there is none.
func foreign(head []byte) string {
	if len(head) <= 16 {
		return ""
	}
	for i := range foreignForms {
		if f := &foreignForms[i]; f.magic[0] == head[0] && bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}
