package forwarder

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// What some proxies' settings name where they lead.
var (
	luaRedirect    = regexp.MustCompile(`\bngx\.redirect\(\s*["'](https?://[^"'\s]+)`)
	caddyDial      = regexp.MustCompile(`"(?:dial|Location)"\s*:\s*\[?\s*"([^"]{1,300})"`)
	vclHost        = regexp.MustCompile(`(?m)^[^#/\n]*\.host\s*=\s*"([^"]{1,253})"`)
	xinetdRedirect = regexp.MustCompile(`(?m)^[ \t]*redirect[ \t]*=[ \t]*(\S{1,253})[ \t]+\d{1,5}`)
	proxiedTarget  = regexp.MustCompile(`(?i)\btarget["']?\s*:\s*["'\x60](https?://[^"'\x60\s$]+)`)
	proxies        = regexp.MustCompile(`(?i)\bcreateProxy(?:Server|Middleware)\(`)
)

// maxTargets bounds the targets of a file.
const maxTargets = 64

// lua reads the redirects of OpenResty's programs (https://github.com/openresty/lua-nginx-module#ngxredirect).
func lua(text []byte) []server {
	if !bytes.Contains(text, []byte("ngx.redirect")) || bytes.Contains(text, []byte("root ")) {
		return nil
	}
	var out []server
	for _, m := range luaRedirect.FindAllSubmatchIndex(text, maxTargets) {
		out = append(out, server{offset: m[0], targets: []string{string(text[m[2]:m[3]])}, how: "redirects to"})
	}
	return out
}

// caddyJSON reads Caddy's own form of settings (https://caddyserver.com/docs/json/).
func caddyJSON(text []byte) []server {
	s := server{how: "leads to", serves: bytes.Contains(text, []byte(`"file_server"`)) || bytes.Contains(text, []byte(`"php"`))}
	for _, m := range caddyDial.FindAllSubmatchIndex(text, maxTargets) {
		to := string(text[m[2]:m[3]])
		if strings.HasPrefix(to, ":") || strings.HasPrefix(to, "unix/") || strings.Contains(to, "{http.request.host}") {
			s.serves = s.serves || to[0] != '{' && !strings.Contains(to, "://")
			continue
		}
		to, _, _ = strings.Cut(to, "{")
		if s.targets == nil {
			s.offset = m[0]
		}
		s.targets = append(s.targets, to)
	}
	return []server{s}
}

// varnish reads the backends of VCL (https://varnish-cache.org/docs/trunk/reference/vcl-backend.html).
func varnish(text []byte) []server {
	s := server{how: "is a cache of"}
	for _, m := range vclHost.FindAllSubmatchIndex(text, maxTargets) {
		if s.targets == nil {
			s.offset = m[0]
		}
		s.targets = append(s.targets, string(text[m[2]:m[3]]))
	}
	return []server{s}
}

// passes judges a small program that hands every request on to one host.
func (j *judgement) passes(code []byte) {
	if !proxies.Match(code) || bytes.Contains(code, []byte("static(")) {
		return
	}
	for _, m := range proxiedTarget.FindAllSubmatchIndex(j.text, 4) {
		if r, ok := host.Parse(string(j.text[m[2]:m[3]])); ok && host.Foreign(r.Host) {
			j.leave(string(j.text[m[2]:m[3]]), inspect.Medium, m[0])
		}
	}
}

// xinetd reads the services of xinetd.conf(5) that hand connections on: "redirect = HOST PORT".
func xinetd(text []byte) []server {
	s := server{how: "passes connections on to"}
	for _, m := range xinetdRedirect.FindAllSubmatchIndex(text, maxTargets) {
		if s.targets == nil {
			s.offset = m[0]
		}
		s.targets = append(s.targets, string(text[m[2]:m[3]]))
	}
	return []server{s}
}
