// Package forwarder recognises images whose purpose is to lead on to somebody else's site.
//
// It reads the settings of web servers and proxies (nginx, Apache, Caddy, HAProxy,
// lighttpd, Traefik, Envoy, rinetd, xinetd), the pages at the roots that they serve, and the
// commands that pass connections on. It promises confidence high only where that is all
// that is done: the server answers everything by a redirect or a proxy to a host on the
// Internet that is written out. A reverse proxy to a service of one's own, an upgrade to
// https, a redirect to one's own other name, a single path that leads elsewhere are none.
//
// It trusts nothing that the bytes say of themselves. The examples are in rules.yaml.
package forwarder

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "9"

// A Detector finds forwarders. Make one with New; it may be used from many goroutines.
type Detector struct {
	data    *data
	catalog *catalog.Catalog
}

// New makes the detector from the rules that it is built with.
func New() (*Detector, error) {
	d, c, err := read(rulesYAML)
	if err != nil {
		return nil, err
	}
	return &Detector{data: d, catalog: c}, nil
}

// Name returns "forwarder".
func (d *Detector) Name() string { return d.catalog.Detector }

// Version names the code and the rules.
func (d *Detector) Version() string { return codeVersion + "-" + d.catalog.Version }

// The patterns' ids.
const (
	patternNginx  = "nginx"
	patternLaunch = "launch"
	patternPage   = "page"
	patternAnswer = "answer"

	patternSettings = "settings"
)

// Rules lists the rules.
func (d *Detector) Rules() []inspect.Rule { return d.catalog.List() }

// Patterns returns what makes a file worth reading that is not known by its name.
func (d *Detector) Patterns() []inspect.Pattern {
	return []inspect.Pattern{
		{ID: patternNginx, Literals: []string{"proxy_pass", "return 301", "return 302", "return 303", "return 307", "return 308", "rewrite ^", "return http"}, Max: 1, Only: inspect.Texts},
		{ID: patternLaunch, Literals: []string{"socat", "rinetd", "gost", "dnat", "reverse-proxy", "mitmdump", "mitmproxy", "simpleproxy", "ncat", "nc -", "netcat", "darkhttpd", "--forward-all", "caddy", "varnishd", "nghttpx"}, Max: 1, Only: inspect.Texts},
		{ID: patternPage, Literals: []string{"http-equiv", "window.location", "location.href", "location.replace"}, Max: 1, Only: inspect.Texts},
		{ID: patternSettings, Literals: []string{"default_backend", "url.redirect", "redirectregex", "host_redirect", "envoy.filters.network", "redirectmatch", "rewriteengine on", "proxypass /", "reverse_proxy http", "redir http", "redirect 301 / http", "redirect 302 / http", "redirect permanent / http"}, Max: 1, Only: inspect.Texts},
		{ID: patternAnswer, Literals: []string{"createproxyserver(", "createproxymiddleware(", "ngx.redirect(", "redirect(", "redirect_to", "newsinglehostreverseproxy", "redirecthandler", "redirectresponse", "redirectview", "redirect::", "httpfound", "redirect '", "header.location", "r.return(30", "location:", "'location'", `"location"`}, Max: 1, Only: inspect.Texts},
	}
}

// A form is how a file says where a server leads.
type form uint8

const (
	formNone form = iota
	formNginx
	formApache
	formCaddy
	formHAProxy
	formLighttpd
	formTraefik
	formEnvoy
	formRinetd
	formXinetd
	formCaddyJSON
	formVarnish
	formIIS
	formPound
	formH2O
	formUnit
	formSquid
	formSNI
	formRoutes
	formPage
)

// formOf knows, by their paths in lower case, the files of servers by where these look for them.
func formOf(p string) form {
	dir, base := path.Split(p)
	ext := path.Ext(base)
	in := func(part string) bool { return place.Below(dir, part) }
	conf := ext == ".conf" || ext == "" || ext == ".vhost"
	switch { // what rules most files out comes first
	case base == "nginx.conf", conf && (in("nginx") || in("openresty") || in("angie") || in("tengine")), in("sites-enabled") && !in("apache2"):
		return formNginx
	case base == ".htaccess", base == "httpd.conf", base == "apache2.conf", conf && (in("apache2") || in("httpd") || in("apache")):
		return formApache
	case base == "caddyfile", strings.HasPrefix(base, "caddyfile."), ext == ".caddyfile", ext == ".caddy":
		return formCaddy
	case base == "haproxy.cfg", (ext == ".cfg" || ext == ".conf") && in("haproxy"):
		return formHAProxy
	case ext == ".conf" && (strings.HasPrefix(base, "lighttpd") || in("lighttpd")):
		return formLighttpd
	case (ext == ".yml" || ext == ".yaml" || ext == ".toml") && (strings.HasPrefix(base, "traefik") || in("traefik")):
		return formTraefik
	case (ext == ".yml" || ext == ".yaml" || ext == ".json") && (strings.HasPrefix(base, "envoy") || in("envoy")):
		return formEnvoy
	case ext == ".json" && (base == "caddy.json" || in("caddy")):
		return formCaddyJSON
	case ext == ".vcl":
		return formVarnish
	case base == "web.config":
		return formIIS
	case base == "rewrite.config": // https://tomcat.apache.org/tomcat-10.1-doc/rewrite.html
		return formApache
	case base == "pound.cfg":
		return formPound
	case base == "h2o.conf", base == "h2o.yaml", (ext == ".conf" || ext == ".yaml" || ext == ".yml") && in("h2o"):
		return formH2O
	case ext == ".json" && (in("unit") || in("docker-entrypoint.d")):
		return formUnit
	case base == "squid.conf":
		return formSquid
	case base == "sniproxy.conf":
		return formSNI
	case base == "serve.json", base == "sws.toml": // https://github.com/vercel/serve-handler, https://static-web-server.net
		return formRoutes
	case base == "rinetd.conf":
		return formRinetd
	case in("etc/xinetd.d"), base == "xinetd.conf":
		return formXinetd
	}
	switch base {
	case "index.html", "index.htm", "index.php", "default.html", "default.htm", "index.xhtml", "home.html", "index.shtml", "index.phtml", "index.jsp", "index.asp", "index.aspx", "default.aspx", "default.asp", "index.cgi", "index.pl":
		return formPage
	}
	return formNone
}

// maxPage is the largest page that is read, in bytes. What only leads on is small.
const maxPage = 64 << 10

// Wants asks for the content of servers' settings and pages by their names, and of scripts
// and other settings, which are read only if a pattern was found in them.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	switch {
	case f.Type == inspect.Document && f.Path == "config:env":
		return inspect.Hits | inspect.Content
	case f.Type == inspect.Document:
		return inspect.IfHit
	case f.Type != inspect.Regular || bytes.IndexByte(f.Head, 0) >= 0:
		return inspect.Nothing
	}
	switch form := formOf(place.Lower(f)); {
	case form == formPage && (f.Size > maxPage || place.Apart(f)):
		return inspect.Nothing
	case form != formNone:
		return inspect.Content
	}
	switch place.RunAs(f) {
	case place.Script:
		if f.Size <= maxPage && !place.Apart(f) {
			return inspect.IfHit
		}
	case place.Source:
		if f.Size <= maxPage && mainSource(f) && !place.Apart(f) {
			return inspect.IfHit
		}
	case place.Launch, place.Config:
		return inspect.IfHit
	case place.Other:
		if f.Mode&0o111 != 0 || strings.HasPrefix(f.Path, "etc/") || mainSource(f) && !place.Apart(f) || f.Size <= maxPage && madeFor(f.Path) && !place.Apart(f) {
			return inspect.IfHit
		}
	}
	return inspect.Nothing
}

// madeFor reports whether a path is where no package puts files, but who makes an image.
func madeFor(p string) bool {
	top, _, below := strings.Cut(p, "/")
	switch top {
	case "usr", "var", "lib", "lib32", "lib64", "bin", "sbin", "boot", "proc", "sys", "run", "dev", "etc":
		return false
	}
	return below || path.Ext(p) == "" || path.Ext(p) == ".http"
}

// Judge reports at most one finding a rule for a file: the surest.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	form := formOf(place.Lower(f))
	byName := form != formNone && f.Type == inspect.Regular
	env := f.Type == inspect.Document && f.Path == "config:env"
	if !byName && !env && len(s.Hits) == 0 || bytes.IndexByte(s.Content, 0) >= 0 {
		return // the latter is not text after all
	}
	j := &judgement{d: d.data, f: f, text: s.Content, out: d.catalog.Open(f, s), place: place.Of(f), limit: inspect.High}
	switch {
	case j.place.Aside || j.place.Vendor || j.place.Kind == place.Prose && form != formPage && !place.Loose(f):
		j.limit = inspect.Low
	case !byName && place.Loose(f):
		j.limit = inspect.Medium
	}
	if byName {
		j.file(form)
	} else {
		if env {
			j.told()
		}
		j.byHits(s.Hits)
	}
	j.out.Report(found)
}

// judgement is the work on one file.
type judgement struct {
	d     *data
	f     *inspect.File
	text  []byte
	out   *catalog.Case
	place place.Place
	limit inspect.Level // of every finding's confidence
}

func (j *judgement) add(id string, sure inspect.Level, offset int, evidence string) {
	j.out.Add(id, min(sure, j.limit), max(0, min(offset, len(j.text))), evidence)
}

// file reads the file as its form.
func (j *judgement) file(f form) {
	switch f {
	case formNginx:
		if led := lua(j.text); led != nil {
			j.weigh(led)
			return
		}
		j.weigh(nginx(j.text))
		j.variable(j.text)
		j.shown()
	case formApache:
		j.weigh(apache(j.text))
		j.byVariable(apacheVariable)
	case formCaddy:
		j.weigh(caddy(j.text))
		j.shown()
		j.byVariable(caddyVariable)
	case formHAProxy:
		j.weigh(haproxy(j.text))
		j.byVariable(haproxyVariable)
	case formLighttpd:
		j.weigh(lighttpd(j.text))
	case formTraefik, formEnvoy:
		j.weigh(balancer(j.text))
	case formRinetd:
		j.weigh(rinetd(j.text))
	case formXinetd:
		j.weigh(xinetd(j.text))
	case formCaddyJSON:
		j.weigh(caddyJSON(j.text))
	case formVarnish:
		j.weigh(varnish(j.text))
	case formIIS, formPound, formH2O, formUnit, formSquid, formSNI, formRoutes:
		j.weigh(fewer(f, j.text))
	case formPage:
		j.page(j.text, j.sureOfPage())
	}
}

// byHits reads a file whose name says nothing, for what was found in it.
func (j *judgement) byHits(hits []inspect.Hit) {
	as := place.RunAs(j.f)
	launch := as == place.Launch
	for _, h := range hits {
		switch {
		case h.Pattern == patternNginx && !launch:
			if bytes.Contains(j.text, []byte("listen")) {
				j.weigh(nginx(j.text))
				j.variable(j.text)
			}
		case h.Pattern == patternNginx:
			j.weighAt(embedded(defaults(argv.Expanded(j.f, j.text))))
			j.writesVariable()
		case h.Pattern == patternAnswer && (as == place.Script || mainSource(j.f)):
			j.server()
			j.raw(j.text)
			j.router()
		case h.Pattern == patternAnswer && launch:
			if j.inline() {
				j.server()
			}
			j.raw(defaults(argv.Expanded(j.f, j.text)))
			j.writesVariable()
		case h.Pattern == patternAnswer && bytes.HasPrefix(j.text, rawAnswer): // an answer that a server has ready
			j.raw(j.text)
		case h.Pattern == patternSettings && launch:
			j.settings(unescape(defaults(argv.Expanded(j.f, j.text))))
		case h.Pattern == patternSettings && (as == place.Config || as == place.Other):
			j.settings(j.text)
		case h.Pattern == patternPage && launch:
			if text := defaults(argv.Expanded(j.f, j.text)); bytes.Contains(text, []byte("index.")) {
				j.page(unescape(text), inspect.High)
			}
		case h.Pattern == patternLaunch && launch:
			for _, c := range argv.Of(j.f, argv.Expanded(j.f, j.text)) {
				j.command(c.Args, c.Offset)
			}
		}
	}
}

// A server is one that settings describe, as far as it matters here.
type server struct {
	offset  int
	names   []string // that it answers to
	targets []string // where everything that it is asked for leads: hosts as written
	how     string   // what it does with them
	serves  bool     // it answers everything by itself, or by a host of one's own
	partly  bool     // it has more to do than what is led elsewhere
}

// weigh judges the servers of a file together.
func (j *judgement) weigh(servers []server) { j.weighAt(servers) }

func (j *judgement) weighAt(servers []server) {
	var own []string // what those who wrote the file call their own
	serving := false
	for _, s := range servers {
		for _, n := range s.names {
			if r := registered(strings.TrimPrefix(strings.ToLower(n), "*.")); r != "" {
				own = append(own, r)
			}
		}
		serving = serving || s.serves
	}
	for _, s := range servers {
		if s.serves || len(s.targets) == 0 {
			continue
		}
		to, sure := s.foreign(own, j.d.Registries)
		if to == "" {
			continue
		}
		if s.partly || serving {
			sure = min(sure, inspect.Medium)
		}
		if serving && s.partly || serving && len(s.names) > 0 && s.names[0] != "_" && s.names[0] != "localhost" {
			sure = inspect.Low // one name of several that the file is about
		}
		j.add(ruleConfig, sure, s.offset, s.how+" "+to)
	}
}

// foreign returns a target if all are on the Internet and none is one's own, or where
// packages come from.
func (s *server) foreign(own, registries []string) (to string, sure inspect.Level) {
	sure = inspect.High
	for _, t := range s.targets {
		r, ok := host.Parse(t)
		if !ok || !host.Foreign(r.Host) || slices.Contains(registries, r.Host) {
			return "", sure
		}
		for _, o := range own {
			if registered(r.Host) == o {
				return "", sure
			}
		}
		if host.Placeholder(r.Host) {
			sure = inspect.Medium
		}
		if to == "" {
			to = r.Host
		}
	}
	return to, sure
}

// registered is host.Registrable, and of a name below what is reserved for documents and
// tests the part that somebody would have registered.
func registered(name string) string {
	if r := host.Registrable(name); r != "" || !host.Foreign(name) || strings.HasPrefix(name, "[") {
		return r
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	return strings.Join(labels[max(0, len(labels)-2):], ".")
}
