package forwarder

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// Small programs that do nothing but lead on, in the languages and libraries that web
// servers are written with.
var (
	// answers is what has a program answer requests.
	answers = regexp.MustCompile(`(?i)\blisten\b|\.run\(|serve_forever|\bserver?\b|\broute\b|ListenAndServe|addEventListener\(\s*["']fetch|export\s+default|\bdo_GET\b|\bdoGet\b|start_response|HTTPServer|HttpServer|HttpServlet|run_app\(|WebApplication|\bsinatra\b|\brun\s+(?:->|lambda|proc|\w+\.new)|\bHTTP::Daemon\b|\bDancer|\bMojolicious|psgi|\bngx\.|register_service|\bFastAPI\(|\bStarlette\(|\bFlask\(|\bBottle\(|WSGI`)

	// leadsOn is what a program says to send its visitors on.
	leadsOn = regexp.MustCompile(`(?i)\b(?:http_?)?(?:temporary|permanent|send_?|response)?redirect(?:_to|_response|response|handler|view|permanent|to)?\s*[({]|\bredirect!?\s+["'\x60a-z:]|\bredirectview\b|\bredirect::\w+\(|\b(?:HTTPFound|HTTPMovedPermanently|HTTPSeeOther|HTTPTemporaryRedirect|HTTPPermanentRedirect|seeother|moved_permanently|see_other)\s*\(|["']?\blocation\b["']?\s*\]?\s*(?:=>|[:,])|headers?\W{0,3}location\W{0,3}=|\br\.return\(\s*30[1278]\b|createProxy(?:Server|Middleware)\(|NewSingleHostReverseProxy\(`)

	// Answers of a program's own: what has any does more than lead on.
	answersItself = regexp.MustCompile(`\b(?:send|sendFile|json|jsonify|render|render_template|render_to_string|static|sendfile|FileServer|ServeFile|StaticFiles|UseStaticFiles|MapControllers|HTMLResponse|JSONResponse|FileResponse|getWriter|NewEncoder)\s*\(|express\.static|\bend\(\s*["'\x60][^"'\x60]|\berb\s+:|\bhaml\s+:`)
	moved         = regexp.MustCompile(`(?i)\bend\(\s*["'\x60](?:(?:30[1278] )?moved|redirect|found|see other|temporary|please wait|\\n|<a )[^"'\x60]{0,80}["'\x60]\s*\)`)

	// dealings are those with other parties: of logins, data, and what others answer.
	dealings = regexp.MustCompile(`(?i)oauth|openid|\boidc\b|\bsaml|session|access_token|passport|csrf|\bjwt\b|sqlite|postgres|mysql|mongo|\bredis\b|\baxios\b|requests\.(?:get|post)\(|urlopen\(|\bhttp\.(?:get|post)\(|https\.(?:get|request)\(|HttpClient\b|curl_exec|unittest|\bassert\b|\bexpect\(|\bdescribe\(`)

	literal = regexp.MustCompile(`["'\x60](https?://[^"'\x60\s<>\\]{3,500})`)
)

// maxServer is the largest program, in bytes without remarks, that is taken for a web
// server which does nothing but redirect.
const maxServer = 1200

// server judges a small program that answers requests.
func (j *judgement) server() {
	if !short(j.text, 4*maxServer) {
		return // its pieces joined and decoded, it is too large all the same
	}
	text := plain(j.text)
	code := moved.ReplaceAll(remark.ReplaceAll(text, nil), nil)
	if len(code) > maxServer || !answers.Match(code) || answersItself.Match(code) {
		return
	}
	for _, m := range answerURL.FindAllSubmatchIndex(text, 4) {
		j.leave(last(text, m), inspect.Medium, m[0])
	}
	j.only(code)
	j.passes(code)
	j.readsVariable(remark.ReplaceAll(j.text, nil))
}

// short reports whether a program has no more than most bytes beside its remarks.
func short(text []byte, most int) bool {
	if bytes.Contains(text, []byte("/*")) {
		return len(remark.ReplaceAll(text, nil)) <= most
	}
	for line := range bytes.Lines(text) {
		if begin := bytes.TrimLeft(line, " \t"); !bytes.HasPrefix(begin, []byte("#")) && !bytes.HasPrefix(begin, []byte("//")) {
			if most -= len(line); most < 0 {
				return false
			}
		}
	}
	return true
}

// only judges a small program by all that it knows of others: if what it does is to lead on,
// and the addresses that it has are all of foreign hosts, these are where it leads, however
// it comes by the one that it takes.
func (j *judgement) only(code []byte) {
	at := leadsOn.FindIndex(code)
	if at == nil || dealings.Match(code) {
		return
	}
	var to []string
	for _, m := range literal.FindAllSubmatch(code, maxTargets) {
		u := string(m[1])
		r, ok := host.Parse(u)
		if !ok || !host.Foreign(r.Host) {
			return
		}
		if !vocabulary(r.Host) {
			to = append(to, u)
		}
	}
	if len(to) > 0 {
		j.leave(to[0], inspect.Medium, at[0])
	}
}

// vocabulary knows the hosts in names of XML's and of licences, which lead nowhere.
func vocabulary(name string) bool {
	switch strings.TrimPrefix(strings.ToLower(name), "www.") {
	case "w3.org", "apache.org", "opensource.org", "gnu.org", "schema.org", "schemas.microsoft.com", "xmlns.jcp.org", "java.sun.com", "github.com":
		return true
	}
	return false
}

// mainSource knows the files of compiled languages by the names that a program begins in, and
// those of Rack and PSGI, which their servers run.
func mainSource(f *inspect.File) bool {
	base := path.Base(place.Lower(f))
	switch ext := path.Ext(base); ext {
	case ".ru", ".psgi":
		return true
	case ".go", ".ts", ".tsx", ".java", ".kt", ".cs", ".rs", ".scala", ".ex", ".exs", ".hs":
		switch strings.TrimSuffix(base, ext) {
		case "main", "server", "app", "index", "worker", "program", "redirect", "redirector", "mod", "redirectserver", "redirectservlet", "web", "router", "startup":
			return true
		}
	}
	return false
}

// identifier is a name of a variable's.
var identifier = regexp.MustCompile(`[A-Za-z_$][\w$]{0,60}`)

// named finds the address that a text gives to one of the names in an expression: as it
// stands, or in a list or a table of them.
func named(text, expression []byte) string {
	for _, name := range identifier.FindAll(expression, 6) {
		switch string(name) {
		case "window", "location", "document", "Math", "random", "floor", "length", "href", "self", "top", "this", "new", "URL", "encodeURIComponent", "array_rand", "rand", "mt_rand", "urlencode":
			continue
		}
		set := regexp.MustCompile(`(?:^|[^\w$])` + regexp.QuoteMeta(string(name)) + `\s*=[^=;<>\n][^;<>]{0,200}?["'\x60]((?:https?:)?//[^"'\x60\s]{3,500})|(?:^|[^\w$])` + regexp.QuoteMeta(string(name)) + `\s*=\s*["'\x60]((?:https?:)?//[^"'\x60\s]{3,500})`)
		if m := set.FindSubmatchIndex(text); m != nil {
			return last(text, m)
		}
	}
	return ""
}
