package argv

import "strings"

// Plain is a program's name, in lower case, without what releases write behind it: its
// version, the system and the machine that it is for. fscan_amd64, merlinServer-Linux-x64,
// tool-v1.2.3-linux-musl.
func Plain(name string) string {
	for _, ext := range [...]string{".exe", ".elf", ".bin", ".run", ".appimage"} {
		name = strings.TrimSuffix(name, ext)
	}
	for {
		i := strings.LastIndexAny(name, "-_.")
		if i < 3 || !released(name[i+1:]) {
			return name
		}
		name = name[:i]
	}
}

// released knows the parts of names that say what a release is for.
func released(part string) bool {
	switch part {
	case "linux", "linux64", "linux32", "lin", "unix", "unknown", "gnu", "musl", "static", "upx", "release", "stripped",
		"cpu", "gpu", "cuda", "opencl", "avx2", "avx512", "sse2", "amd64", "x64", "x86", "64", "32", "64bit", "32bit", "386", "i386", "i686", "arm", "arm64", "armv7", "armhf", "aarch64", "v8":
		return true
	}
	return strings.Trim(strings.TrimPrefix(part, "v"), "0123456789") == ""
}
