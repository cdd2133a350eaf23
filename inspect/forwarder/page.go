package forwarder

import (
	"bytes"
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
	coded      = regexp.MustCompile(`\batob\(\s*["']([A-Za-z0-9+/=]{12,})["']`)
	scriptName = regexp.MustCompile(`(?i)\blocation(?:\.href)?\s*=\s*([a-z_$(][^;<\n}"'=]{0,200})[;<\n}]|\blocation\.(?:replace|assign)\(\s*([a-z_$(][^;<\n}"']{0,200})\)`)
	madeTag    = regexp.MustCompile(`(?i)["']?\bcontent["']?\s*[,=]\s*["'][0-9]{1,2}\s*;\s*url=((?:https?:)?//[^"'\s>]+)`)
	opened     = regexp.MustCompile(`(?i)\b(?:window|self|top|parent)\.open\(\s*["'\x60]((?:https?:)?//[^"'\x60\s]+)["'\x60]\s*,\s*["']_(?:self|top|parent)|\bnavigation\.navigate\(\s*["'\x60]((?:https?:)?//[^"'\x60\s]+)|\.attr\(\s*["']href["']\s*,\s*["']((?:https?:)?//[^"'\s]+)`)
	pressed    = regexp.MustCompile(`\.(?:submit|click)\(\s*\)`)
	pressable  = regexp.MustCompile(`(?i)<form\b[^>]{0,300}\baction\s*=\s*["']?((?:https?:)?//[^"'>\s]+)|<a\b[^>]{0,300}\bhref\s*=\s*["']?((?:https?:)?//[^"'>\s]+)[^>]{0,200}>\s*</a>|\b[a-z_$]{1,40}\.(?:href|action)\s*=\s*["'\x60]((?:https?:)?//[^"'\x60\s]+)`)
	answerURL  = regexp.MustCompile(`(?i)\b(?:send_?)?redirect(?:_to)?\s*\(?\s*(?:[a-z_]{1,20}\s*,\s*)?(?:30[1278]\s*,\s*)?f?["'\x60](https?://[^"'\x60\s$]+)|["']?\blocation["']?\s*[:,]\s*f?["'\x60](https?://[^"'\x60\s$]+)`)

	frameURL  = regexp.MustCompile(`(?is)<(?:i?frame|embed|object)\b[^>]{0,300}?(?:src|data)\s*=\s*["']?((?:https?:)?//[^"'>\s]+)[^>]{0,300}>`)
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
	j.leaves(text, sure)
	said := plain(text)
	if !bytes.Equal(said, text) {
		j.leaves(said, sure)
	}
	if php {
		j.header(said, sure)
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<%")) { // a page of a servlet's or of ASP's
		for _, m := range answerURL.FindAllSubmatchIndex(said, 4) {
			j.leave(last(said, m), sure, m[0])
		}
	}
}

// leaves looks for what has a browser leave a page.
func (j *judgement) leaves(text []byte, sure inspect.Level) {
	for _, loc := range metaTag.FindAllIndex(text, 4) {
		if m := metaURL.FindSubmatch(text[loc[0]:loc[1]]); m != nil && len(m[1]) < 3 {
			j.leave(string(m[2]), sure, loc[0])
		}
	}
	for _, re := range []*regexp.Regexp{scriptURL, madeTag, opened} {
		for _, m := range re.FindAllSubmatchIndex(text, 4) {
			j.leave(last(text, m), sure, m[0])
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
		j.leave(named(text, []byte(last(text, m))), sure, m[0])
	}
	for _, m := range frameURL.FindAllSubmatchIndex(text, 4) {
		if whole.Match(text[m[0]:m[1]]) || whole.Match(text) {
			j.leave(last(text, m), sure, m[0])
		}
	}
	if pressed.Match(text) {
		for _, m := range pressable.FindAllSubmatchIndex(text, 4) {
			j.leave(last(text, m), sure, m[0])
		}
	}
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
