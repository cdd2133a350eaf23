package domain

import (
	"bytes"
	"path"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// program reports whether a file is machine code that can be started and that no package
// manager for a language put there. Of libraries no more is read than by other detectors.
func program(f *inspect.File) bool {
	return place.KindOf(f) == place.Binary && f.Mode&0o111 != 0 && !strings.Contains(path.Base(f.Path), ".so") && !place.Apart(f)
}

// called holds the hosts of a program's URLs against the feeds: the other words in machine
// code are no names of hosts. Programs longer than inspect.MaxContent are read up to there.
func (j *judgement) called() {
	const most = 4096 // URLs of one program
	j.listed = map[string]bool{}
	mark, urls := []byte("://"), 0
	for at := 0; urls < most; urls++ {
		i := bytes.Index(j.text[at:], mark)
		if i < 0 {
			break
		}
		at += i + len(mark)
		start, end := nextName(j.text[:min(len(j.text), at+256)], at)
		if start != at {
			continue
		}
		name, rest := string(j.text[start:end]), printable(urlAt(j.text, end))
		for _, m := range j.ask(name, rest) {
			j.note(m, name, start)
		}
		at = end
	}
	j.report()
}

// printable is what of a URL is text, in machine code.
func printable(url []byte) string {
	if i := bytes.IndexFunc(url, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		url = url[:i]
	}
	return string(url)
}

// fetched reports whether a step of the build, on the line of an offset, fetches something
// that stays in the image.
func (j *judgement) fetched(offset int) bool {
	if j.f.Type != inspect.Document || j.f.Path != "config:history" || offset > len(j.text) {
		return false
	}
	line, _ := j.line(offset)
	return fetches(line) || strings.Contains(line, "ADD http")
}

// updates judges a call that gives a dynamic name the address of whoever makes it: an image
// with a name and a secret written out makes the machine that runs it found by that name.
func (j *judgement) updates(h inspect.Hit) {
	offset := int(h.Offset)
	line, at := j.line(offset)
	if commented(line[:min(at, len(line))]) {
		return
	}
	name := strings.ToLower(string(h.Groups[1]))
	sure := min(j.sureOfUse(), inspect.Medium)
	if label, _, _ := strings.Cut(name, "."); j.d.data.stands(label) {
		sure = inspect.Low
	}
	j.out.Add(ruleUpdate, sure, min(offset, len(j.text)), "keeps "+name+" up to date")
}
