package forwarder

import (
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// Templates of nginx's settings, which its image fills in from the environment when it
// starts (https://hub.docker.com/_/nginx, "Using environment variables in nginx configuration").
var (
	actionTo   = regexp.MustCompile(`\b(?:return\s+(?:30[1278]\s+)?|proxy_pass\s+|rewrite\s+\^\S*\s+)(\S[^;]{0,200});`)
	toVariable = regexp.MustCompile(`^["']?(?:https?://)?\$\{([A-Z][A-Z0-9_]{1,60})\}`)
	locationOf = regexp.MustCompile(`\blocation\s+([^{]{1,200})\{`)
	ownAnswer  = regexp.MustCompile(`\b(?:root|alias|try_files|fastcgi_pass|uwsgi_pass|index)\s`)
	leadsName  = regexp.MustCompile(`(?i)TARGET|REDIRECT|FORWARD|UPSTREAM|BACKEND|DEST|ORIGIN|PROXY_(?:PASS|TO|URL)`)
)

// variable judges settings that lead everything to where a variable of the image says.
func (j *judgement) variable(text []byte) {
	if ownAnswer.Match(text) {
		return
	}
	for _, l := range locationOf.FindAllSubmatch(text, -1) {
		if !catchAll(string(l[1])) {
			return
		}
	}
	name, offset := "", 0
	for _, m := range actionTo.FindAllSubmatchIndex(text, -1) {
		to := toVariable.FindSubmatch(text[m[2]:m[3]])
		if to == nil || !leadsName.Match(to[1]) {
			return
		}
		name, offset = string(to[1]), m[0]
	}
	if name != "" {
		j.add(ruleVariable, inspect.Low, offset, "leads to where "+name+" says")
	}
}

// told notes the variables of an image that say where to lead to.
func (j *judgement) told() {
	at := 0
	for line := range strings.SplitAfterSeq(string(j.text), "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		r, ok := host.Parse(value)
		if ok && leadsName.MatchString(name) && strings.HasPrefix(r.Scheme, "http") && host.Foreign(r.Host) && !host.Placeholder(r.Host) {
			j.add(ruleTarget, inspect.Low, at, name+" says "+r.Host)
		}
		at += len(line)
	}
}
