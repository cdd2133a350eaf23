package forwarder

import (
	"encoding/base64"
	"path"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// What makes a browser leave a page at once. The target is the last group.
var (
	metaTag    = regexp.MustCompile(`(?is)<meta\b[^>]{0,300}http-equiv\s*=\s*["']?refresh\b[^>]{0,600}>|<meta\b[^>]{0,600}http-equiv\s*=\s*["']?refresh["']?[^>]{0,100}>`)
	metaURL    = regexp.MustCompile(`(?is)content\s*=\s*["']?\s*([0-9]{1,3})(?:\.[0-9]*)?\s*[;,]\s*(?:url\s*=\s*)?["']?\s*([^"'>\s]+)`)
	scriptURL  = regexp.MustCompile(`(?i)\blocation(?:\.href)?\s*=\s*["'\x60]((?:https?:)?//[^"'\x60\s]+)|\blocation\.(?:replace|assign)\(\s*["'\x60]((?:https?:)?//[^"'\x60\s]+)`)
	hiddenURL  = regexp.MustCompile(`(?i)\blocation(?:\.href)?\s*=\s*(?:window\.)?atob\(\s*["']([A-Za-z0-9+/=]{12,})|\blocation\.(?:replace|assign)\(\s*(?:window\.)?atob\(\s*["']([A-Za-z0-9+/=]{12,})`)
	coded      = regexp.MustCompile(`\batob\(\s*["']([A-Za-z0-9+/=]{12,})["']`)
	scriptName = regexp.MustCompile(`(?i)\blocation(?:\.href)?\s*=\s*([a-z_$][a-z0-9_$]{0,60})\s*[;<\n}]|\blocation\.(?:replace|assign)\(\s*([a-z_$][a-z0-9_$]{0,60})\s*\)`)
	answerURL  = regexp.MustCompile(`(?i)\bredirect(?:_to)?\s*\(?\s*(?:30[1278]\s*,\s*)?f?["'\x60](https?://[^"'\x60\s$]+)|["']?\blocation["']?\s*[:,]\s*f?["'\x60](https?://[^"'\x60\s$]+)`)
	answerName = regexp.MustCompile(`(?i)\bredirect(?:_to)?\s*\(?\s*(?:30[1278]\s*,\s*)?([a-z_$][a-z0-9_$]{0,60})\s*[+),]|["']?\blocation["']?\s*[:,]\s*([a-z_$][a-z0-9_$]{0,60})\s*[+)},]`)
	answers    = regexp.MustCompile(`(?i)\blisten\b|\.run\(|serve_forever|\bserver?\b|\broute\b`)
	// Answers of a program's own: what has any does more than lead on.
	answersItself = regexp.MustCompile(`\b(?:send|sendFile|json|jsonify|render|render_template|render_to_string|static|sendfile)\s*\(|express\.static|\bend\(\s*["'\x60]`)

	frameURL  = regexp.MustCompile(`(?is)<i?frame\b[^>]{0,300}?src\s*=\s*["']?((?:https?:)?//[^"'>\s]+)[^>]{0,300}>`)
	whole     = regexp.MustCompile(`(?i)(?:width|height)\s*[=:]\s*["']?100(?:%|v)|<frameset`)
	hiddenTag = regexp.MustCompile(`(?is)<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->|<[^>]*>|<\?php.*`)
	aProgram  = regexp.MustCompile(`(?i)\b(?:require|include)(?:_once)?\b|\bnew\s|\bfunction\b|->|::`)
	remark    = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*(?://|#).*$`)
)

// Bounds of a page that has nothing to say for itself, in characters: of what is read,
// and of a program's code.
const (
	maxText = 400
	maxCode = 400
)

// page judges a page, or a script that writes one.
func (j *judgement) page(text []byte, sure inspect.Level) {
	if len(text) > maxPage {
		return
	}
	php := strings.Contains(string(text[:min(len(text), 512)]), "<?php")
	document := j.f.Type == inspect.Document || formOf(place.Lower(j.f)) != formPage
	if !document && !php && len(strings.TrimSpace(hiddenTag.ReplaceAllString(string(text), ""))) > maxText {
		return
	}
	for _, loc := range metaTag.FindAllIndex(text, 4) {
		if m := metaURL.FindSubmatch(text[loc[0]:loc[1]]); m != nil && len(m[1]) < 3 {
			j.leave(string(m[2]), sure, loc[0])
		}
	}
	for _, m := range scriptURL.FindAllSubmatchIndex(text, 4) {
		j.leave(last(text, m), sure, m[0])
	}
	for _, m := range hiddenURL.FindAllSubmatchIndex(text, 4) {
		if b, err := base64.StdEncoding.DecodeString(last(text, m)); err == nil {
			j.leave(string(b), sure, m[0])
		}
	}
	for _, m := range coded.FindAllSubmatch(text, 8) {
		if b, err := base64.StdEncoding.DecodeString(string(m[1])); err == nil {
			for _, in := range scriptURL.FindAllSubmatchIndex(b, 4) {
				j.leave(last(b, in), sure, 0)
			}
		}
	}
	for _, m := range scriptName.FindAllSubmatchIndex(text, 4) {
		set := regexp.MustCompile(`\b` + regexp.QuoteMeta(last(text, m)) + `\s*=\s*["'\x60]((?:https?:)?//[^"'\x60\s]+)`)
		if v := set.FindSubmatch(text); v != nil {
			j.leave(string(v[1]), sure, m[0])
		}
		hidden := regexp.MustCompile(`\b` + regexp.QuoteMeta(last(text, m)) + `\s*=\s*(?:window\.)?atob\(\s*["']([A-Za-z0-9+/=]{12,})`)
		if v := hidden.FindSubmatch(text); v != nil {
			if b, err := base64.StdEncoding.DecodeString(string(v[1])); err == nil {
				j.leave(string(b), sure, m[0])
			}
		}
	}
	for _, m := range frameURL.FindAllSubmatchIndex(text, 4) {
		if whole.Match(text[m[0]:m[1]]) || whole.Match(text) {
			j.leave(last(text, m), sure, m[0])
		}
	}
	if php {
		j.header(text, sure)
	}
}

// maxServer is the largest program, in bytes without remarks, that is taken for a web
// server which does nothing but redirect.
const maxServer = 800

// server judges a small program that answers requests.
func (j *judgement) server() {
	code := remark.ReplaceAll(j.text, nil)
	if len(code) > maxServer || !answers.Match(code) || answersItself.Match(code) {
		return
	}
	for _, m := range answerURL.FindAllSubmatchIndex(j.text, 4) {
		j.leave(last(j.text, m), inspect.Medium, m[0])
	}
	for _, m := range answerName.FindAllSubmatchIndex(j.text, 4) {
		set := regexp.MustCompile(`\b` + regexp.QuoteMeta(last(j.text, m)) + `\s*=\s*["'\x60](https?://[^"'\x60\s$]+)`)
		if v := set.FindSubmatch(j.text); v != nil {
			j.leave(string(v[1]), inspect.Medium, m[0])
		}
	}
	j.passes(code)
	j.readsVariable(code)
}

// last returns the last group of a match that took part.
func last(text []byte, m []int) string {
	for i := len(m) - 2; i > 0; i -= 2 {
		if m[i] >= 0 {
			return string(text[m[i]:m[i+1]])
		}
	}
	return ""
}

// leave judges where a page leads.
func (j *judgement) leave(url string, sure inspect.Level, offset int) {
	if strings.HasPrefix(url, "//") {
		url = "http:" + url
	}
	r, ok := host.Parse(url)
	if !ok || !strings.HasPrefix(r.Scheme, "http") || !host.Foreign(r.Host) {
		return
	}
	if host.Placeholder(r.Host) {
		sure = min(sure, inspect.Medium)
	}
	j.add(rulePage, sure, offset, r.Host)
}

// sureOfPage says how sure it is that a page is what visitors see first.
func (j *judgement) sureOfPage() inspect.Level {
	p := strings.ToLower(j.f.Path)
	for _, root := range j.d.Roots {
		if rest, ok := strings.CutPrefix(p, root); ok && strings.Count(rest, "/") <= 2 {
			return inspect.High
		}
	}
	switch path.Base(path.Dir(p)) {
	case "public", "www", "html", "htdocs", "public_html", "webroot", "wwwroot", "dist", "static":
		if !strings.HasPrefix(p, "usr/") {
			return inspect.High
		}
	}
	if strings.HasPrefix(p, "usr/share/") || strings.HasPrefix(p, "usr/lib/") {
		return inspect.Low
	}
	return inspect.Medium
}
