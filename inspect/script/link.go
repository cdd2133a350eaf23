package script

import (
	"path"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// daemons are servers and anonymisers that a policy asks about by their name, so that the
// name alone is told where a script starts one by it.
var daemons = set("sshd", "dropbear", "tinysshd", "telnetd", "in.telnetd", "cron", "crond", "supervisord", "runsvdir",
	"tor", "ss-server", "ss-local", "ss-redir", "ssserver", "sslocal", "v2ray", "xray", "sing-box", "trojan", "trojan-go", "clash", "mihomo",
	"hysteria", "naive", "brook", "gost", "3proxy", "danted", "sockd", "microsocks", "squid", "privoxy", "tinyproxy", "redsocks", "obfs4proxy",
	"polipo", "glider", "i2pd", "dnsmasq", "unbound", "named", "coredns", "pdns_server", "pdns_recursor", "kresd", "smartdns", "dnscrypt-proxy",
	"nginx", "openresty", "apache2", "apache2ctl", "apachectl", "httpd", "php-fpm", "lighttpd", "caddy", "haproxy")

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}

// linked is the file that a link stands for, where starting the link may be meant to start
// that: a unit that systemd is told to start, a service of a runlevel of OpenRC, and what lies where no package puts it. A
// package's own links within the system's folders are thousands, and are not told.
func linked(f *inspect.File) string {
	if f.Link == "" || f.Type != inspect.Symlink && f.Type != inspect.Hardlink {
		return ""
	}
	target := f.Link
	if !path.IsAbs(target) && f.Type == inspect.Symlink {
		target = path.Join("/", path.Dir(f.Path), target)
	}
	target = path.Clean("/" + target)
	dir := path.Dir(f.Path)
	switch {
	case len(target) > maxPath || packaged(f.Path) || target == "/"+f.Path:
		return ""
	case strings.HasSuffix(dir, ".wants"), strings.HasSuffix(dir, ".requires"), strings.HasPrefix(dir, "etc/runlevels/"):
		return target
	case f.Type == inspect.Symlink && (strings.HasPrefix(target, "/proc/") || strings.HasPrefix(target, "/dev/") || strings.HasPrefix(target, "/run/")):
		return ""
	case dir == "." && !strings.Contains(target[1:], "/"), dir == "." && path.Ext(f.Path) == "" && strings.HasPrefix(target, "/usr/") && path.Base(target) == f.Path:
		return "" // /bin is /usr/bin
	case ofSystem("/"+f.Path) && ofSystem(target):
		return ""
	}
	return target
}

// ofSystem reports whether a path is where packages put files, under a name that is to be seen.
func ofSystem(p string) bool {
	if strings.Contains(p, "/.") || strings.HasPrefix(p, "/usr/local/") || strings.HasPrefix(p, "/var/tmp/") {
		return false
	}
	for _, dir := range []string{"/usr/", "/bin/", "/sbin/", "/lib", "/etc/", "/var/"} {
		if strings.HasPrefix(p, dir) {
			return true
		}
	}
	return false
}
