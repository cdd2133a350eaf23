package forwarder

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect/internal/block"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// nginx reads nginx's settings (https://nginx.org/en/docs/dirindex.html).
func nginx(text []byte) []server {
	root := block.Parse(text, block.Semicolons)
	n := nginxFile{upstreams: map[string][]string{}, variables: map[string]string{}}
	var out []server
	root.All(func(d *block.Directive) {
		switch d.Name() {
		case "upstream":
			for _, s := range d.Find("server") {
				n.upstreams[d.Arg(1)] = append(n.upstreams[d.Arg(1)], s.Arg(1))
			}
		case "map":
			for _, v := range d.Find("default") {
				n.variables[strings.TrimPrefix(d.Arg(2), "$")] = v.Arg(1)
			}
		case "set":
			n.variables[strings.TrimPrefix(d.Arg(1), "$")] = d.Arg(2)
		}
	})
	root.All(func(d *block.Directive) {
		if d.Name() == "server" && d.Block != nil && len(d.Words) == 1 {
			out = append(out, n.server(d))
		}
	})
	return out
}

// A nginxFile is what the servers of a file share.
type nginxFile struct {
	upstreams map[string][]string
	variables map[string]string
}

func (n nginxFile) server(d *block.Directive) server {
	s := server{offset: d.Offset}
	for _, names := range d.Find("server_name") {
		s.names = append(s.names, names.Words[1:]...)
	}
	n.actions(d, &s)
	if len(s.targets) > 0 {
		return s // what stands here goes before what stands in locations
	}
	rooted := len(d.Find("root")) > 0
	for _, l := range d.Find("location") {
		var in server
		n.actions(l, &in)
		switch {
		case trivial(l):
		case catchAll(strings.Join(l.Words[1:], " ")):
			s.targets, s.how = append(s.targets, in.targets...), in.how
			s.serves = s.serves || in.serves
			rooted = rooted && !in.did()
		case in.did():
			if to, _ := in.foreign(nil, nil); to == "" {
				s.partly = true
			}
		}
	}
	s.serves = s.serves || rooted
	return s
}

func (s *server) did() bool { return s.serves || len(s.targets) > 0 }

// trivial knows the locations that every server has beside what it is for.
func trivial(l *block.Directive) bool {
	p := strings.Join(l.Words[1:], " ")
	for _, word := range [...]string{"50x", "404", "favicon", "robots.txt", ".well-known", "health", "nginx_status", "stub_status", "/\\.", "ping", "status", "error"} {
		if strings.Contains(p, word) {
			return true
		}
	}
	return false
}

// catchAll knows the patterns that everything matches, as nginx and Apache have them.
func catchAll(p string) bool {
	p = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(p, "^~ "), "~* "), "~ "), "= "))
	return p == "." || everything.ReplaceAllString(strings.Trim(p, `"'`), "") == ""
}

// everything is what patterns are made of that say nothing.
var everything = regexp.MustCompile(`\^|\$|/|\?<[a-z]+>|\.[*+]|[()?*]`)

// actions reads what is done in a server or a location, not below it.
func (n nginxFile) actions(d *block.Directive, s *server) {
	for _, a := range d.Block {
		target, how := "", ""
		switch a.Name() {
		case "return":
			target, how = a.Arg(len(a.Words)-1), "redirects to"
			if code := a.Arg(1); strings.HasPrefix(code, "2") && len(code) == 3 {
				s.serves, target = true, ""
			}
		case "rewrite":
			if catchAll(a.Arg(1)) {
				target, how = a.Arg(2), "redirects to"
			}
		case "proxy_pass", "grpc_pass":
			target, how = a.Arg(1), "is a proxy of"
		case "error_page": // of all that the block refuses
			if to := a.Arg(len(a.Words) - 1); strings.Contains(to, "://") && refuses(d) {
				target, how = to, "redirects to"
			}
		case "add_header", "more_set_headers":
			if strings.EqualFold(a.Arg(1), "Location") {
				target, how = a.Arg(2), "redirects to"
			}
		case "try_files", "alias", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "autoindex", "content_by_lua_block", "content_by_lua_file", "js_content", "perl", "dav_methods", "passenger_enabled", "stub_status":
			s.serves = true
		case "root":
			if d.Name() == "location" {
				s.serves = true
			}
		}
		n.target(s, target, how, a.Name())
	}
}

// refuses reports whether a block answers everything by an error.
func refuses(d *block.Directive) bool {
	for _, r := range d.Find("return") {
		if code := r.Arg(1); len(code) == 3 && (code[0] == '4' || code[0] == '5') {
			return true
		}
	}
	return len(d.Find("deny")) > 0
}

// target notes where an action leads, through what the file calls upstreams and variables.
func (n nginxFile) target(s *server, target, how, action string) {
	if before, name, ok := strings.Cut(target, "$"); ok && (before == "" || strings.HasSuffix(before, "://")) {
		name, after, _ := strings.Cut(name+"/", "/")
		if v, ok := n.variables[strings.Trim(name, "{}")]; ok {
			target = before + v + "/" + strings.TrimSuffix(after, "/")
		}
	}
	switch scheme, rest, ok := strings.Cut(target, "://"); {
	case target == "" || strings.Trim(target, "0123456789") == "":
		return
	case ok && (strings.HasPrefix(scheme, "http") || strings.HasPrefix(scheme, "grpc")):
		name, _, _ := strings.Cut(rest, "/")
		if before, _, _ := strings.Cut(name, "$"); host.Foreign(before) {
			name = before // $1 and $request_uri may follow the name without a slash
		}
		if servers := n.upstreams[name]; len(servers) > 0 {
			s.targets, s.how = append(s.targets, servers...), how
			return
		}
		if strings.ContainsAny(name, "$%{") {
			if action != "return" && action != "rewrite" {
				s.serves = true // it leads where somebody will say
			}
			return
		}
		s.targets, s.how = append(s.targets, scheme+"://"+name), how
	case action == "proxy_pass" || action == "grpc_pass":
		if servers := n.upstreams[target]; len(servers) > 0 {
			s.targets, s.how = append(s.targets, servers...), how
			return
		}
		if r, ok := host.Parse(target); ok && host.Foreign(r.Host) {
			s.targets, s.how = append(s.targets, target), how
			return
		}
		s.serves = true
	case action == "return" && strings.HasPrefix(target, "/"):
		s.serves = true
	}
}

// serverBlock is where nginx's settings begin in a script that writes them.
var serverBlock = regexp.MustCompile(`\b(?:server|http|stream|upstream\s+[a-z0-9_]+)\s*\{`)

// embedded finds nginx's settings in a script: in a here document, or an argument of echo.
func embedded(text []byte) []server {
	loc := serverBlock.FindIndex(text)
	if loc == nil {
		return nil
	}
	out := nginx(unescape(text[loc[0]:]))
	for i := range out {
		out[i].offset += loc[0]
	}
	return out
}

// unescape undoes what shells and JSON do to a text within quotes.
func unescape(text []byte) []byte {
	out := bytes.ReplaceAll(text, []byte(`\n`), []byte("\n"))
	out = bytes.ReplaceAll(out, []byte(`\"`), []byte(`"`))
	out = bytes.ReplaceAll(out, []byte("\\\n"), []byte("\n"))
	return bytes.ReplaceAll(out, []byte(`\$`), []byte("$"))
}
