package backdoor

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

// eachLine calls visit for every line that is no comment, and where it begins.
func eachLine(content []byte, visit func(offset int, line string)) {
	offset := 0
	for raw := range bytes.Lines(content) {
		if line := strings.TrimSpace(string(raw)); line != "" && line[0] != '#' && len(line) < 4096 {
			visit(offset, line)
		}
		offset += len(raw)
	}
}

// passwd reads passwd(5).
func passwd(c *rules.Case) {
	eachLine(c.Seen.Content, func(offset int, line string) {
		f := strings.Split(line, ":")
		if len(f) < 7 || f[0] == "" || f[0][0] == '+' || f[0][0] == '-' {
			return
		}
		zero := strings.Trim(f[2], "0") == "" && f[2] != ""
		switch {
		case zero && f[0] != "root":
			c.Add(ruleRoot, inspect.High, offset, f[0])
		case f[1] == "" && zero:
			c.Add(ruleEmpty, inspect.Medium, offset, f[0])
		case f[1] == "" && canLogIn(f[6]):
			c.Add(ruleEmpty, inspect.Medium, offset, f[0])
		case isHash(f[1]) && zero:
			c.Add(ruleHash, inspect.Medium, offset, f[0])
		}
	})
}

// canLogIn reports whether a shell is one.
func canLogIn(shell string) bool {
	switch path.Base(shell) {
	case "nologin", "false", "sync", "halt", "shutdown", "true", ".", "null":
		return false
	}
	return true
}

// services are accounts of daemons, which have no passwords; of Debian's base-passwd and
// Fedora's setup, and of common servers.
var services = []string{"daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "www-data", "backup", "list", "irc", "gnats", "nobody",
	"_apt", "systemd-network", "systemd-resolve", "messagebus", "sshd", "nginx", "apache", "http", "mysql", "redis", "operator", "ftp", "adm", "halt", "shutdown", "ntp", "dbus", "rpc", "guest", "squid", "postfix"}

// shadow reads shadow(5).
func shadow(c *rules.Case) {
	eachLine(c.Seen.Content, func(offset int, line string) {
		f := strings.Split(line, ":")
		if len(f) < 3 {
			return
		}
		switch {
		case f[1] == "" && f[0] == "root":
			sure := inspect.Medium
			if f[2] == "" || f[2] == "0" { // as old Alpine images had it, CVE-2019-5021
				sure = inspect.Low
			}
			c.Add(ruleEmpty, sure, offset, f[0])
		case !isHash(f[1]):
		case f[0] == "root":
			c.Add(ruleHash, inspect.Medium, offset, f[0])
		case slices.Contains(services, f[0]):
			c.Add(ruleService, inspect.High, offset, f[0])
		default:
			c.Add(ruleService, inspect.Low, offset, f[0])
		}
	})
}

// isHash knows the forms of crypt(5) with which somebody can log in: a prefix, or the 13
// characters of DES.
func isHash(s string) bool {
	if strings.HasPrefix(s, "$") {
		return strings.Count(s, "$") >= 3 && len(s) > 20
	}
	return len(s) == 13 && strings.Trim(s, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// preloads are the beginnings of the names of libraries that honest systems load into every program.
var preloads = []string{"libjemalloc", "libtcmalloc", "libmimalloc", "libarmmem", "libcofi_rpi", "libfakeroot", "libfaketime", "libeatmydata", "libnss_wrapper",
	"libgnu-gnatty", "libsnoopy", "libgomp", "libhugetlbfs", "libvma", "libuid_wrapper", "librtpreload", "liblsp", "liboneagentproc", "libsystemd-shared", "libgtk3-nocsd",
	"libstdc++", "libgcc_s", "libasan", "libtsan", "libubsan", "liblsan", "libiomp5", "libomp", "libmkl_", "libopenblas", "librpmalloc", "libsnmalloc", "libhoard", "libsocket_wrapper", "libpam_wrapper",
	"libresolv_wrapper", "libSegFault", "libmemusage", "libc_malloc_debug", "libvtv", "libseccomp", "libpthread", "libdl.so", "libssl", "libcrypto", "libcurl", "libz.so", "libnvidia", "libcuda", "libv4l"}

// preload reads the file of ld.so(8) that names libraries to load into every program.
func preload(c *rules.Case) {
	if c.File.Type != inspect.Regular {
		c.Add(rulePreload, inspect.High, 0, "/etc/ld.so.preload -> "+c.File.Link)
		return
	}
	eachLine(c.Seen.Content, func(offset int, line string) {
		line, _, _ = strings.Cut(line, "#")
		for _, lib := range strings.FieldsFunc(line, func(r rune) bool { return r == ':' || r == ' ' || r == '\t' }) {
			sure := inspect.High
			if preloaded(lib) {
				sure = inspect.Low
			}
			c.Add(rulePreload, sure, offset, lib)
		}
	})
}

// preloaded reports whether an honest system may have a library loaded into every program.
func preloaded(lib string) bool {
	known := slices.ContainsFunc(preloads, func(p string) bool { return strings.HasPrefix(path.Base(lib), p) })
	return known && !isHidden(lib) && !inTemporary(strings.TrimPrefix(lib, "/"))
}

// strangePreload accepts a line that names none of these libraries as what is loaded.
func strangePreload(groups [][]byte) bool {
	return len(groups) < 2 || !preloaded(strings.Trim(string(groups[1]), `"'`))
}

// doors are the services of PAM through which people come.
var doors = []string{"sshd", "su", "su-l", "login", "sudo", "sudo-i", "common-auth", "system-auth", "password-auth", "remote", "system-login", "base-auth", "other"}

// pam reads pam.conf(5): type control module arguments.
func pam(c *rules.Case) {
	door := slices.Contains(doors, path.Base(c.File.Path))
	eachLine(c.Seen.Content, func(offset int, line string) {
		f := strings.Fields(line)
		if len(f) < 3 {
			return
		}
		kind := strings.ToLower(strings.TrimPrefix(f[0], "-"))
		at := slices.IndexFunc(f, func(w string) bool { return strings.Contains(w, "pam_") || strings.HasSuffix(w, ".so") })
		if at < 2 {
			return
		}
		module, lib := path.Base(f[at]), strings.TrimPrefix(f[at], "/")
		control := strings.Join(f[1:at], " ")
		enough := control == "sufficient" || strings.HasPrefix(control, "[") && strings.Contains(control, "success=done")
		switch {
		case module == "pam_permit.so" && kind == "auth" && enough && door:
			c.Add(rulePAM, inspect.High, offset, strings.Join(f[:at+1], " "))
		case module == "pam_exec.so" && strings.Contains(line, "expose_authtok"):
			c.Add(rulePAM, inspect.High, offset, strings.Join(f[:at+1], " "))
		case module == "pam_exec.so" && (door && kind == "auth" || strings.Contains(line, " /tmp/") || strings.Contains(line, "/.")):
			c.Add(rulePAM, inspect.Medium, offset, strings.Join(f[:at+1], " "))
		case path.IsAbs(f[at]) && (inTemporary(lib) || isHidden(lib)):
			c.Add(rulePAM, inspect.High, offset, strings.Join(f[:at+1], " "))
		case path.IsAbs(f[at]) && !strings.Contains(lib, "lib") && !strings.HasPrefix(lib, "nix/"):
			c.Add(rulePAM, inspect.Medium, offset, strings.Join(f[:at+1], " "))
		}
	})
}

// sudoers reads sudoers(5) for users that may do everything without a password. For a
// person's account that is usual in images; for a daemon's it is a way up.
func sudoers(c *rules.Case) {
	eachLine(c.Seen.Content, func(offset int, line string) {
		who, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		rest = strings.ReplaceAll(rest, " ", "")
		if !strings.HasSuffix(rest, "NOPASSWD:ALL") {
			return
		}
		sure := inspect.Low
		if who == "ALL" || slices.Contains(services, strings.TrimPrefix(who, "%")) {
			sure = inspect.Medium
		}
		c.Add(ruleSudo, sure, offset, line)
	})
}

// escapes are programs that run commands for their user: as root's, for anybody
// (https://gtfobins.github.io/#+suid). BusyBox is none: some systems have it so by design.
var escapes = []string{"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "csh", "tcsh", "fish", "rbash", "python", "python2", "python3", "perl", "ruby", "php", "node", "lua", "lua5.1", "lua5.3", "lua5.4", "tclsh",
	"awk", "gawk", "mawk", "find", "env", "vim", "vi", "nano", "emacs", "less", "more", "nmap", "tar", "cp", "mv", "dd", "tee", "cat", "chmod", "chown", "gdb", "strace", "make", "xargs", "nohup", "nice", "timeout", "taskset", "setarch",
	"docker", "socat", "nc", "ncat", "curl", "wget", "openssl", "rsync", "sed", "ed", "install", "ld.so"}

// setuid judges a program that runs as its owner, which is root more often than not.
func setuid(c *rules.Case) {
	f := c.File
	if f.Mode&fs.ModeSetuid == 0 || f.Mode&0o111 == 0 {
		return
	}
	name := strings.ToLower(path.Base(f.Path))
	short := strings.TrimRight(name, "0123456789.-")
	switch script := bytes.HasPrefix(f.Head, []byte("#!")); {
	case script:
		c.Add(ruleSetuid, inspect.Low, 0, "/"+f.Path+", a script") // Linux ignores it
	case f.UID != 0 && f.UID != -1:
		c.Add(ruleSetuid, inspect.Low, 0, "/"+f.Path)
	case slices.Contains(escapes, name), slices.Contains(escapes, short):
		c.Add(ruleSetuid, inspect.High, 0, "/"+f.Path)
	case inTemporary(f.Path), isHidden(f.Path):
		c.Add(ruleSetuid, inspect.High, 0, "/"+f.Path)
	case strings.HasPrefix(f.Path, "home/"), strings.HasPrefix(f.Path, "root/"):
		c.Add(ruleSetuid, inspect.Medium, 0, "/"+f.Path)
	}
}

// hidden judges programs in folders for temporary files.
func hidden(c *rules.Case) {
	f := c.File
	program := bytes.HasPrefix(f.Head, []byte("\x7fELF")) || bytes.HasPrefix(f.Head, []byte("#!")) && f.Mode&0o111 != 0
	if !program || !inTemporary(f.Path) {
		return
	}
	switch {
	case strings.HasPrefix(f.Path, "dev/"), strings.HasPrefix(f.Path, "run/shm/"):
		c.Add(ruleHidden, inspect.High, 0, "/"+f.Path)
	case isHidden(f.Path):
		c.Add(ruleHidden, inspect.Medium, 0, "/"+f.Path)
	default:
		c.Add(ruleHidden, inspect.Low, 0, "/"+f.Path)
	}
}

// injected is the beginning of a function in the object that was put into liblzma 5.6.0
// and 5.6.1, CVE-2024-3094 (https://www.openwall.com/lists/oss-security/2024/03/29/4, detect.sh).
var injected, _ = hex.DecodeString("f30f1efa554889f54c89ce5389fb81e7000000804883ec28488954241848894c2410")

func liblzma(c *rules.Case) {
	if i := bytes.Index(c.Seen.Content, injected); i >= 0 {
		c.Add(ruleLiblzma, inspect.High, i, "/"+c.File.Path)
	}
}

// trust reads hosts.equiv(5): a host and a user, of which "+" is every one.
func trust(c *rules.Case) {
	eachLine(c.Seen.Content, func(offset int, line string) {
		if f := strings.Fields(line); f[0] == "+" && (len(f) == 1 || f[1] == "+" || f[1] == "root") {
			c.Add(ruleTrusted, inspect.High, offset, line)
		}
	})
}
