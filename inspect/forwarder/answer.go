package forwarder

import (
	"bytes"
	"path"
	"regexp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// What answers requests without being a server's page or a program's file.
var (
	phpURL  = regexp.MustCompile(`(?i)\bheader\s*\(\s*["']\s*(?:Location|Refresh)\s*:\s*(?:[0-9]+\s*;\s*url=)?((?:https?:)?//[^"'\s]+)`)
	phpName = regexp.MustCompile(`(?i)\bheader\s*\(\s*["']\s*(?:Location|Refresh)\s*:\s*(?:[0-9]+\s*;\s*url=)?(?:["']\s*\.\s*\(?\$|\{?\$)([a-z_]\w{0,60})`)

	// rawURL is an answer of HTTP that a script writes byte for byte, with netcat or socat before it, or
	// of CGI's (RFC 3875, section 6.3.3).
	rawURL = regexp.MustCompile(`(?:HTTP/1\.[01]|[Ss]tatus:) ?30[12378](?s:.{0,300}?)[Ll]ocation: ?(https?://[^\s"'\\$<>]+)`)
	// inlined is a program that is an argument of its interpreter.
	inlined = regexp.MustCompile(`(?:^|[\s/])(?:node|nodejs|deno|bun|python[0-9.]*|php[0-9.]*|ruby|perl|lua[a-z0-9.]*)\s+(?:-[A-Za-z-]+\s+){0,4}(?:-e|-c|-r|-E|--eval|eval)\s`)
)

// inline reports whether the start of an image is a program that is an argument.
func (j *judgement) inline() bool {
	return j.f.Type == inspect.Document && (j.f.Path == "config:entrypoint" || j.f.Path == "config:cmd") && inlined.Match(j.text)
}

// raw judges answers of HTTP that are written out.
func (j *judgement) raw(text []byte) {
	for _, m := range rawURL.FindAllSubmatchIndex(text, 4) {
		j.leave(string(text[m[2]:m[3]]), inspect.Medium, m[0])
	}
}

// router judges a file of PHP that answers everything without being called index
// (https://www.php.net/manual/en/features.commandline.webserver.php).
func (j *judgement) router() {
	if !bytes.HasPrefix(bytes.TrimSpace(j.text), []byte("<?php")) || j.place.Aside || j.place.Vendor {
		return
	}
	switch path.Base(place.Lower(j.f)) {
	case "router.php", "server.php", "main.php", "app.php", "front.php", "default.php", "home.php", "start.php", "redirect.php":
		j.header(plain(j.text), inspect.Medium)
	}
}

// header judges a program in PHP that has nothing to do but to send its visitors on.
func (j *judgement) header(text []byte, sure inspect.Level) {
	if code := remark.ReplaceAll(text, nil); len(code) > maxCode || aProgram.Match(code) {
		return
	}
	for _, m := range phpURL.FindAllSubmatchIndex(text, 4) {
		j.leave(last(text, m), sure, m[0])
	}
	for _, m := range phpName.FindAllSubmatchIndex(text, 4) {
		set := regexp.MustCompile(`\$` + regexp.QuoteMeta(last(text, m)) + `\s*=\s*(?:array\s*\(|\[)?\s*(?:["'][a-z0-9_]{0,40}["']\s*=>\s*)?["']((?:https?:)?//[^"'\s]+)`)
		if v := set.FindSubmatch(text); v != nil {
			j.leave(string(v[1]), sure, m[0])
		}
	}
}
