package forwarder

import (
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect/internal/block"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// apache reads the settings of Apache's httpd
// (https://httpd.apache.org/docs/2.4/mod/directives.html).
func apache(text []byte) []server {
	all := []server{{}} // the first is what stands outside of virtual hosts
	at, section := 0, ""
	var condition string
	for raw := range strings.SplitAfterSeq(strings.ReplaceAll(string(text), "\\\n", "  "), "\n") {
		offset := at
		at += len(raw)
		line := strings.TrimSpace(raw)
		if line == "" || line[0] == '#' {
			continue
		}
		w := fields(line)
		s := &all[len(all)-1]
		switch name := strings.ToLower(w[0]); name {
		case "<virtualhost":
			all = append(all, server{offset: offset})
		case "</virtualhost>":
			all = append(all, server{})
		case "<location", "<locationmatch":
			section = strings.Trim(strings.Join(w[1:], " "), `>"'~ `)
		case "</location>", "</locationmatch>":
			section = ""
		case "servername", "serveralias":
			s.names = append(s.names, w[1:]...)
		case "rewritecond":
			condition += " " + strings.ReplaceAll(line, `\`, "")
		case "rewriterule":
			if len(w) > 2 && catchAll(w[1]) && !conditional(condition, w[2]) {
				s.lead(offset, w[2], "redirects to")
			} else if len(w) > 2 && !strings.Contains(w[2], "://") && w[2] != "-" {
				s.partly = true
			}
			condition = ""
		case "redirect", "redirectmatch", "redirectpermanent", "redirecttemp":
			from, to := redirect(w, section)
			if catchAll(from) {
				s.lead(offset, to, "redirects to")
			}
		case "proxypass", "proxypassmatch":
			s.proxy(w, section, offset)
		case "balancermember":
			s.lead(offset, w[min(1, len(w)-1)], "is a proxy of")
		}
	}
	return all
}

// redirect finds the arguments of Redirect: [status] [path] URL.
func redirect(w []string, section string) (from, to string) {
	args := w[1:]
	if len(args) > 1 && !strings.ContainsAny(args[0], "/^(.") {
		args = args[1:]
	}
	switch len(args) {
	case 0:
		return "-", ""
	case 1:
		return section, args[0]
	}
	return args[0], args[1]
}

func (s *server) proxy(w []string, section string, offset int) {
	from, to := section, ""
	switch {
	case len(w) == 2 && section != "":
		to = w[1]
	case len(w) > 2:
		from, to = w[1], w[2]
	}
	switch {
	case strings.HasPrefix(to, "balancer:"), to == "!":
	case catchAll(from):
		s.lead(offset, to, "is a proxy of")
	default:
		if r, ok := host.Parse(to); ok && !host.Foreign(r.Host) {
			s.partly = true
		}
	}
}

// lead notes that everything leads to a target, unless that is a variable or a path.
func (s *server) lead(offset int, target, how string) {
	target = strings.Trim(target, `"'`)
	if i := strings.Index(target, "$"); i > 0 {
		target = target[:i]
	}
	if !strings.Contains(target, "://") || strings.Contains(target, "%{") || strings.Contains(target, "${") || strings.HasSuffix(target, "://") {
		return
	}
	s.targets, s.how = append(s.targets, target), how
	if len(s.targets) == 1 {
		s.offset = offset
	}
}

// conditional reports whether the conditions of a RewriteRule are about one's own names:
// they have a word of the target's.
func conditional(condition, target string) bool {
	r, ok := host.Parse(target)
	if !ok {
		return false
	}
	label, _, _ := strings.Cut(host.Registrable(r.Host), ".")
	return label != "" && strings.Contains(strings.ToLower(condition), label)
}

// fields splits a line at white space, but not within quotes.
func fields(line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " \t") {
		if line[0] == '"' {
			if end := strings.IndexByte(line[1:], '"'); end >= 0 {
				out, line = append(out, line[1:end+1]), line[end+2:]
				continue
			}
		}
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		out, line = append(out, line[:end]), line[end:]
	}
	return out
}

// caddy reads a Caddyfile (https://caddyserver.com/docs/caddyfile).
func caddy(text []byte) []server {
	root := block.Parse(text, block.Lines)
	var out []server
	for _, site := range root.Block {
		if site.Block == nil || len(site.Words) == 0 || strings.HasPrefix(site.Words[0], "(") || caddyAction(site.Name()) {
			continue
		}
		s := server{offset: site.Offset, names: names(site.Words)}
		s.caddy(site)
		out = append(out, s)
	}
	if len(out) == 0 && len(root.Block) > 0 { // a single site needs no braces
		s := server{names: names(root.Block[0].Words)}
		s.caddy(root)
		out = append(out, s)
	}
	return out
}

// names returns the hosts of a site's addresses.
func names(words []string) (out []string) {
	for _, w := range words {
		if r, ok := host.Parse(strings.TrimSuffix(w, ",")); ok {
			out = append(out, r.Host)
		}
	}
	return out
}

func caddyAction(name string) bool {
	switch name {
	case "redir", "reverse_proxy", "file_server", "root", "respond", "php_fastcgi", "handle", "route", "handle_path":
		return true
	}
	return false
}

// caddy reads the directives of a site, or of a handle in it.
func (s *server) caddy(d *block.Directive) {
	for _, a := range d.Block {
		args := a.Words[min(1, len(a.Words)):]
		everything := len(args) == 0 || catchAll(args[0]) || !strings.HasPrefix(args[0], "/") && !strings.HasPrefix(args[0], "@")
		if len(args) > 0 && (strings.HasPrefix(args[0], "/") || strings.HasPrefix(args[0], "@") || args[0] == "*") {
			args = args[1:]
		}
		switch a.Name() {
		case "redir":
			if everything && len(args) > 0 {
				target, _, _ := strings.Cut(args[0], "{")
				s.lead(a.Offset, target, "redirects to")
			}
		case "reverse_proxy":
			for _, to := range a.Find("to") {
				args = append(args, to.Words[1:]...)
			}
			for _, to := range args {
				r, ok := host.Parse(to)
				switch {
				case ok && host.Foreign(r.Host) && everything:
					s.targets, s.how = append(s.targets, to), "is a proxy of"
				case everything:
					s.serves = true
				case !ok || !host.Foreign(r.Host):
					s.partly = true
				}
			}
		case "file_server", "php_fastcgi", "respond":
			s.serves = s.serves || everything
			s.partly = true
		case "handle", "route", "handle_path":
			var in server
			in.caddy(a)
			if everything {
				s.targets, s.how, s.serves = append(s.targets, in.targets...), in.how, s.serves || in.serves
			} else if in.did() {
				s.partly = true
			}
		}
	}
}

// haproxy reads haproxy.cfg (https://docs.haproxy.org/3.0/configuration.html): each
// frontend, with the servers of the backends that it may hand to.
func haproxy(text []byte) []server {
	var fronts []server
	var uses [][]string            // of each frontend, its backends
	backs := map[string][]string{} // the addresses of each backend's servers
	section, name, at := "", "", 0
	for raw := range strings.SplitAfterSeq(string(text), "\n") {
		offset := at
		at += len(raw)
		line, _, _ := strings.Cut(raw, "#")
		w := strings.Fields(line)
		if len(w) == 0 {
			continue
		}
		switch w[0] {
		case "global", "defaults", "backend", "frontend", "listen", "userlist", "peers", "resolvers", "mailers", "program", "cache", "ring":
			section, name = w[0], strings.Join(w[1:], " ")
			if section == "frontend" || section == "listen" {
				fronts, uses = append(fronts, server{offset: offset, how: "is a proxy of"}), append(uses, []string{name})
			}
			continue
		case "server":
			if len(w) > 2 {
				backs[name] = append(backs[name], w[2])
			}
		}
		if section != "frontend" && section != "listen" {
			continue
		}
		i := len(fronts) - 1
		switch {
		case (w[0] == "default_backend" || w[0] == "use_backend") && len(w) > 1:
			uses[i] = append(uses[i], w[1])
		case w[0] == "redirect", w[0] == "http-request" && len(w) > 1 && w[1] == "redirect":
			for k, word := range w[:len(w)-1] {
				if (word == "location" || word == "prefix") && !strings.Contains(" "+line+" ", " if ") && !strings.Contains(line, " unless ") {
					fronts[i].lead(offset, w[k+1], "redirects to")
				}
			}
		}
	}
	for i := range fronts {
		if len(fronts[i].targets) > 0 {
			continue
		}
		for _, b := range uses[i] {
			fronts[i].targets = append(fronts[i].targets, backs[b]...)
		}
	}
	return fronts
}

// What lighttpd, Traefik and Envoy have to say is found by the words around it.
var (
	lighttpdRedirect = regexp.MustCompile(`(?m)^[ \t]*url\.redirect[ \t]*\+?=[ \t]*\([^#]*?"([^"]*)"[ \t]*=>[ \t]*"(https?://[^"]+)"`)
	lighttpdProxy    = regexp.MustCompile(`(?m)^[ \t]*proxy\.server[ \t]*\+?=[ \t]*\([ \t\n]*"/?"[ \t]*=>[^#]*?"host"[ \t]*=>[ \t]*"([^"]+)"`)
	balancerTarget   = regexp.MustCompile(`(?m)["']?\b(url|replacement|address|host_redirect|Address)["']?[ \t]*[:=][ \t]*["']?([^\s"',{}]+)`)
)

func lighttpd(text []byte) []server {
	var out []server
	for _, m := range lighttpdRedirect.FindAllSubmatchIndex(text, 16) {
		if catchAll(string(text[m[2]:m[3]])) {
			s := server{}
			s.lead(m[0], string(text[m[4]:m[5]]), "redirects to")
			out = append(out, s)
		}
	}
	for _, m := range lighttpdProxy.FindAllSubmatchIndex(text, 16) {
		out = append(out, server{offset: m[0], targets: []string{string(text[m[2]:m[3]])}, how: "is a proxy of"})
	}
	return out
}

// balancer reads the settings of Traefik's services and of Envoy's clusters: where they
// lead, all together. Addresses to listen on are not where anything leads.
func balancer(text []byte) []server {
	s := server{how: "leads to"}
	for _, m := range balancerTarget.FindAllSubmatchIndex(text, 64) {
		line := text[:m[0]]
		if i := strings.LastIndexByte(string(line), '\n'); i >= 0 {
			line = line[i+1:]
		}
		key, to := string(text[m[2]:m[3]]), string(text[m[4]:m[5]])
		if strings.Contains(string(line), "#") || strings.HasPrefix(to, "0.0.0.0") || strings.HasPrefix(to, ":") || strings.HasPrefix(to, "127.") || to == "::" {
			continue
		}
		if key == "replacement" {
			to, _, _ = strings.Cut(to, "$")
		}
		if r, ok := host.Parse(to); !ok || r.Host == "" {
			continue
		}
		if s.targets == nil {
			s.offset = m[0]
		}
		s.targets = append(s.targets, to)
	}
	return []server{s}
}

// rinetd reads rinetd.conf: "address port address port" a line.
func rinetd(text []byte) []server {
	s := server{how: "passes connections on to"}
	for line := range strings.SplitSeq(string(text), "\n") {
		if w := strings.Fields(line); len(w) >= 4 && w[0][0] != '#' {
			s.targets = append(s.targets, w[2])
		}
	}
	return []server{s}
}
