package policy

import (
	"path"
	"slices"
	"strings"
)

// A told is what the programs that an image starts are told by: the files and folders that
// their arguments name, those that bear their name in /etc, and what servers show.
type told struct {
	names map[string]bool // of programs that read settings of their own
	paths map[string]bool // absolute, without the leading slash and usr/
	loose []string        // ends of paths, with a leading slash
	below []string        // directories, with a trailing slash
}

// maxTold bounds the words that are taken for names of files.
const maxTold = 1000

// arguments notes the files that a program's arguments name: its settings, more often than
// not. An option may have its value behind a "=".
func (t *told) arguments(args []string) {
	for _, a := range args {
		if len(t.paths)+len(t.loose) >= maxTold {
			return
		}
		if _, value, ok := strings.Cut(a, "="); ok {
			a = value
		}
		a = strings.TrimPrefix(strings.TrimPrefix(a, "@"), "file:")
		switch {
		case a == "" || a[0] == '-' || strings.ContainsAny(a, " \t\n$*`,;") || strings.Contains(a, "://"):
		case a[0] == '/':
			if p := merged(a); strings.Contains(p, "/") || path.Ext(p) != "" {
				t.paths[p] = true
			}
		case path.Ext(a) != "" && strings.Trim(a, "0123456789.:") != "":
			t.loose = append(t.loose, "/"+path.Clean(a))
		}
	}
}

// showers are the servers of files that are told by their arguments which folder's. Sources: the
// manual pages of BusyBox, darkhttpd, thttpd, mini_httpd, webfsd and php, and the documentation of
// http.server of Python's, and of http-server, serve, static-web-server, miniserve, caddy and lighttpd.
var showers = map[string]bool{"httpd": true, "darkhttpd": true, "thttpd": true, "mini_httpd": true, "webfsd": true, "http.server": true, "http-server": true, "serve": true, "static-web-server": true,
	"miniserve": true, "php": true, "caddy": true, "lighttpd": true, "nginx": true, "simplehttpserver": true, "gostatic": true, "live-server": true, "sws": true, "lwan": true, "uhttpd": true, "mongoose": true, "weborf": true, "ruby": true}

// folders notes the folder that such a server shows; without one it is the one that it works
// in, wherever that is.
func (t *told) folders(name string, args []string) {
	if !showers[name] {
		return
	}
	named := false
	for i, a := range args {
		if len(t.below) >= maxTold {
			return
		}
		if _, value, ok := strings.Cut(a, "="); ok {
			a = value
		} else if len(a) > 3 && a[0] == '-' && a[2] == '/' {
			a = a[2:] // -h/www
		} else if i > 0 && (args[i-1] == "-c" || args[i-1] == "-C" || args[i-1] == "-f") {
			continue // settings
		}
		if strings.HasPrefix(a, "/") && a != "/" && !strings.HasPrefix(a, "/dev/") && !strings.ContainsAny(a, " \t\n$*`,;") {
			t.below, named = append(t.below, merged(a)+"/"), true
		}
	}
	if !named {
		t.below = append(t.below, "index.html", "index.htm")
	}
}

// program notes the folders of what a server shows, and the name by which its settings are
// known. Supervisors and wrappers have none: what lies in /etc/init.d is not init's.
func (t *told) program(name string, table *correlations) {
	shows, ok := table.serves[name]
	if !ok {
		shows = table.serves[strings.TrimRight(name, "0123456789.")] // php-fpm8.2
	}
	t.below = append(t.below, shows...)
	_, supervises := table.supervisors[name]
	_, wraps := table.wrappers[name]
	if len(name) >= 3 && !supervises && !wraps && !shells[name] && !interpreter(name) && !managers[name] {
		t.names[name] = true
	}
}

// tells reports whether the file at a path tells something to what the image starts.
func (s *start) tells(name string) bool {
	if name == "" || strings.Contains(name, ":") {
		return false
	}
	name, _, _ = strings.Cut(name, "!/")
	p := merged(name)
	for at := p; at != "."; at = path.Dir(at) {
		if s.told.paths[at] {
			return true
		}
	}
	if slices.ContainsFunc(s.told.loose, func(l string) bool { return strings.HasSuffix("/"+p, l) && !vendored("/"+p) }) {
		return true
	}
	if slices.ContainsFunc(s.told.below, func(d string) bool {
		return strings.HasPrefix(p, d) || strings.HasSuffix("/"+p, "/"+d) && !vendored("/"+p)
	}) {
		return true
	}
	rest, ok := strings.CutPrefix(p, "etc/")
	return ok && s.namesake(rest)
}

// namesake reports whether a part of a path in /etc bears the name of a program that the
// image starts, as settings do.
func (s *start) namesake(p string) bool {
	for part := range strings.SplitSeq(strings.ToLower(p), "/") {
		stem, _, _ := strings.Cut(part, ".")
		if s.told.names[stem] || len(stem) >= 3 && s.told.names[stem+"d"] {
			return true
		}
	}
	return false
}
