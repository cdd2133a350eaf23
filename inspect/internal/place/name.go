package place

import (
	"encoding/binary"
	"io/fs"
	"strings"
)

// lower is strings.ToLower, eight characters at once: it is asked for of every file.
func lower(s string) string {
	const high = 0x8080808080808080
	var b [256]byte
	n := copy(b[:], s)
	upper := uint64(0)
	for i := 0; i < n; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if n < len(s) || w&high != 0 {
			return strings.ToLower(s)
		}
		is := (w + 0x3f3f3f3f3f3f3f3f) &^ (w + 0x2525252525252525) & high // the high bits of A to Z
		binary.LittleEndian.PutUint64(b[i:], w|is>>2)
		upper |= is
	}
	if upper == 0 {
		return s
	}
	return string(b[:n])
}

// proseTree knows the folders of the Filesystem Hierarchy Standard that hold what is
// read, not run (https://refspecs.linuxfoundation.org/FHS_3.0/, section 4.11).
func proseTree(p string) bool {
	rest, usr := strings.CutPrefix(p, "usr/")
	if usr {
		rest = strings.TrimPrefix(rest, "local/")
	} else if strings.HasPrefix(p, "opt/") {
		_, rest, _ = strings.Cut(p, "/share/")
		rest = "share/" + rest
	} else {
		return false
	}
	if share, ok := strings.CutPrefix(rest, "share/"); ok {
		switch dir, _, in := strings.Cut(share, "/"); dir {
		case "doc", "man", "info", "locale", "help", "gtk-doc", "licenses", "doc-base":
			return in
		}
		return false
	}
	return strings.HasPrefix(p, "usr/man/") || strings.HasPrefix(p, "usr/doc/")
}

func proseName(base string, mode fs.FileMode) bool {
	if mode&0o111 != 0 {
		return false
	}
	if end := strings.IndexAny(base, ".-"); end >= 0 {
		base = base[:end]
	}
	switch base {
	case "readme", "changelog", "changes", "news", "license", "licence", "copying", "copyright", "authors", "contributors", "history", "todo", "faq":
		return true
	}
	return false
}

// launchPath knows what is started without being asked for: cron, init, systemd, s6,
// supervisor, login shells, and the files that Docker builds from.
func launchPath(p, base, ext string) bool {
	switch {
	case strings.HasPrefix(p, "etc/") && launchEtc(p[len("etc/"):]), strings.HasPrefix(p, "var/spool/cron/"):
		return true
	case (ext == ".service" || ext == ".timer" || ext == ".path" || ext == ".conf") && strings.Contains(p, "systemd/"):
		return true
	case siteHook(p), gitHook(p):
		return true
	case strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "docker-entrypoint"), strings.HasPrefix(p, "docker-entrypoint.d/") && byExt(ext) == Other, strings.HasPrefix(base, "entrypoint"):
		return true
	}
	switch base {
	case ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zprofile", ".zshenv", ".kshrc",
		"bash.bashrc", "crontab", "crontabs", "rc.local", "supervisord.conf", "procfile", "inittab", ".xinitrc", ".xprofile", "containerfile":
		return true
	}
	return false
}

// launchEtc is launchPath of what is in etc.
func launchEtc(p string) bool {
	for _, begin := range [...]string{"cron", "init.d/", "rc", "profile", "supervisor", "s6", "services.d/", "cont-init.d/", "runit/", "sv/", "periodic/",
		"local.d/", "apt/apt.conf.d/", "xinetd.d/", "udev/rules.d/", "init/", "update-motd.d/"} {
		if strings.HasPrefix(p, begin) {
			return true
		}
	}
	return p == "inetd.conf"
}

func configName(base string) bool {
	switch base {
	case ".env", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".git-credentials", ".gitconfig", ".dockercfg",
		".htpasswd", ".s3cfg", ".boto", ".yarnrc", ".wgetrc", ".curlrc", "credentials", "config", "kubeconfig", "environment",
		"sshd_config", "ssh_config", "shadow", "passwd", "terraform.tfstate",
		"config.txt", "settings.txt", "pools.txt", "pool.txt", "wallet.txt", "credentials.txt", "secrets.txt", "passwords.txt":
		return true
	}
	return strings.HasPrefix(base, ".env") || strings.HasPrefix(base, "id_") || strings.HasSuffix(base, "rc") && strings.HasPrefix(base, ".")
}
