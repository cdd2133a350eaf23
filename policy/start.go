package policy

import (
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// A start is what an image starts, as far as its Entrypoint and Cmd tell: programs, the
// files they are in, and the directories that an init system or a supervisor among them
// runs the files of, and what the scripts among them run in turn, as far as reports tell.
type start struct {
	programs map[string]bool // base names, in lower case
	files    map[string]bool // absolute paths, without the leading slash and usr/
	relative []string        // paths of which the beginning is not known, with a leading slash
	folders  map[string]bool // of files, absolute
	python   bool            // it starts Python, which runs modules of its own choice first
	works    bool            // it starts a file by a path from the folder that it works in
	below    []string        // directories, with a trailing slash, and files
	within   map[string]bool // directories that scripts run the files of, with a trailing slash
	hidden   []string        // beginnings of names, and of paths with a leading slash, whose end a report hides
	told     told
}

// Bounds of what is read of a command line. Docker's own limit of an argument list is the
// kernel's, 128 KiB (MAX_ARG_STRLEN); a report holds 64 KiB of each list.
const (
	maxStartDepth    = 6
	maxChain         = 10 // scripts that start one another
	maxStartCommands = 1000
)

// startOf reads the configs of an image, and follows them through its scripts. Each config
// counts, should there be several, and each script, be it whited out or written over.
func startOf(configs []*inspect.ImageConfig, scripts []inspect.Script, table *correlations) *start {
	s := &start{programs: map[string]bool{}, files: map[string]bool{}, folders: map[string]bool{}, within: map[string]bool{}, told: told{names: map[string]bool{}, paths: map[string]bool{}}}
	r := &starter{start: s, table: table}
	for _, c := range configs {
		all := slices.Concat(c.Entrypoint, c.Cmd)
		r.command(all, 0)
		// Entrypoints that are scripts end in exec "$@" more often than not.
		if len(c.Entrypoint) > 0 && len(c.Cmd) > 0 && !strings.HasPrefix(c.Cmd[0], "-") {
			r.command(c.Cmd, 0)
		}
	}
	r.follow(scripts)
	return s
}

// follow takes in what the started scripts run, and what these run in turn.
func (r *starter) follow(scripts []inspect.Script) {
	todo := slices.Clone(scripts)
	for range maxChain {
		before := len(todo)
		todo = slices.DeleteFunc(todo, func(s inspect.Script) bool {
			if !r.runs(s.Path) && s.Path != "config:env" { // whose variables what is started reads
				return false
			}
			for _, p := range s.Runs {
				if strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/") {
					r.within[merged(p)+"/"] = true
					continue
				}
				r.count = 0 // each is one command of its own
				r.command([]string{p}, maxStartDepth)
			}
			return true
		})
		if len(todo) == before || len(todo) == 0 {
			return
		}
	}
}

// runs reports whether the image starts the file at a path, as findings have it.
func (s *start) runs(name string) bool {
	switch name {
	case "":
		return false
	case "config:entrypoint", "config:cmd", "config:healthcheck", "config:onbuild": // the last, in the next image
		return true
	}
	if strings.HasPrefix(name, "config:") || strings.HasPrefix(name, "manifest:") {
		return false
	}
	name, _, _ = strings.Cut(name, "!/") // what is in an archive is run with it
	p := merged(name)
	base := strings.ToLower(path.Base(p))
	if s.files[p] || s.programs[base] && executable(p) {
		return true
	}
	if s.python && (base == "sitecustomize.py" || base == "usercustomize.py" || strings.HasSuffix(base, ".pth") && vendored("/"+p)) {
		return true // https://docs.python.org/3/library/site.html
	}
	for _, begin := range s.hidden {
		if strings.HasPrefix("/"+name, begin) || strings.HasPrefix(begin, "/usr") && strings.HasPrefix("/usr/"+p, begin) || !strings.HasPrefix(begin, "/") && strings.HasPrefix(base, begin) {
			return true
		}
	}
	for _, rel := range s.relative {
		// What a package manager installed is started by a path that says so.
		if strings.HasSuffix("/"+p, rel) && (!vendored("/"+p) || vendored(rel)) {
			return true
		}
	}
	for i := range len(p) {
		if p[i] == '/' && s.within[p[:i+1]] {
			return true
		}
	}
	return slices.ContainsFunc(s.below, func(d string) bool { return p == d || strings.HasSuffix(d, "/") && strings.HasPrefix(p, d) })
}

// beside reports whether a file lies in the folder of one that the image starts by its
// path, or whether both lie where no package puts files: a script there was written by
// whoever made the image, to be started by another that was.
func (s *start) beside(name string) bool {
	if name == "" || strings.Contains(name, ":") {
		return false
	}
	name, _, _ = strings.Cut(name, "!/")
	dir := path.Dir("/" + name)
	if s.folders[dir] || own[path.Base(dir)] && s.folders[path.Dir(dir)] {
		return true
	}
	if !makers(dir) || vendored(dir+"/") {
		return false
	}
	if s.works { // no package's folder is one to work in
		return true
	}
	for started := range s.folders {
		if makers(started) {
			return true
		}
	}
	return false
}

// own are the folders beside a program that its settings are in.
var own = map[string]bool{"conf": true, "config": true, "configs": true, "data": true, "etc": true, "settings": true}

// makers reports whether a folder is one where those who make images put their own files:
// none that the Filesystem Hierarchy Standard gives to packages, which are all below
// /usr but /usr/local, and /etc, /var/lib and /lib
// (https://refspecs.linuxfoundation.org/FHS_3.0/, chapters 3 to 5).
func makers(dir string) bool {
	for _, d := range []string{"/app", "/opt", "/srv", "/home", "/root", "/tmp", "/var/tmp", "/dev/shm", "/usr/local/bin", "/usr/local/sbin", "/data", "/scripts", "/entrypoint.d"} {
		if dir == d || strings.HasPrefix(dir, d+"/") {
			return true
		}
	}
	return dir == "/"
}

// starts reports whether the image starts a program of that name.
func (s *start) starts(program string) bool { return s.programs[program] }

// vendored reports whether a path is in a tree that a package manager for a language filled.
func vendored(p string) bool {
	for _, dir := range []string{"/node_modules/", "/site-packages/", "/dist-packages/", "/pkg/mod/"} {
		if strings.Contains(p, dir) {
			return true
		}
	}
	return false
}

// merged is a path without usr/ before what merged distributions have there.
func merged(p string) string {
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	for _, dir := range []string{"usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib64/"} {
		if strings.HasPrefix(p, dir) {
			return p[len("usr/"):]
		}
	}
	return p
}

// executable reports whether a shell would find a program at a path by its name: it is
// in a directory that programs are in. PATH may name others, below /opt most of all.
func executable(p string) bool {
	dir := path.Base(path.Dir(p))
	return dir == "bin" || dir == "sbin" || dir == "libexec" ||
		strings.HasPrefix(p, "opt/") || strings.HasPrefix(p, "usr/local/") || strings.HasPrefix(p, "usr/games/")
}
