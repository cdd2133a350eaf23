package inspect

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// What is encoded in a text is decoded and inspected as the file that it lies in, however
// often it is encoded: runs of base64, forwards and backwards, of hex digits and of
// escapes, \xHH and \NNN, around text, UTF-16, a program, or what compresses them (squeeze.go). Where such a run begins with none
// of these it is taken for data: keys, checksums, pictures. Text beyond the bounds below
// is left alone, which is a Gap only in what is plainly run: the parts of a config, and
// files that say which program runs them. In a text that was encoded, command lines that it
// has a shell run are inspected as a shell's.

// Bounds of what is decoded. A run of fewer characters than minRun is too short for a
// command worth hiding. Of one file no more than maxWrapped bytes are kept to be decoded,
// nor more than that is made of one of them.
const (
	minRun     = 32
	maxWrapped = 1 << 20
	maxRuns    = 256
	maxQueue   = 8 << 20 // bytes that wait to be inspected
)

// A wrapping is how what is being read was encoded in a file, and where.
type wrapping struct {
	chain  string // "base64>gzip"; "" for a file as it lies
	offset int64
	line   int
	depth  int
	calls  call // that were seen in what is around it
}

// A wrapped is something that was decoded, and is to be inspected.
type wrapped struct {
	wrapping
	file File
	data []byte
}

// narrow16 makes bytes of the ASCII in UTF-16 of little endian, as PowerShell takes it; nil if it is another text.
func narrow16(b []byte) []byte {
	out := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+1] != 0 {
			return nil
		}
		out = append(out, b[i])
	}
	return out
}

// unwrapped decodes a run by every encoding that gives something.
func (r run) unwrapped(flate *inflater) []wrapped {
	var out []wrapped
	for _, d := range decoders(r.escape) {
		b := d.whole(r.text)
		if b == nil {
			continue
		}
		w := wrapped{wrapping: wrapping{chain: d.name, offset: r.offset, line: r.line}, data: b}
		if by, z := expanded(b); by != "" {
			w.chain, w.data = w.chain+">"+by, z
		} else if !printableText(b) {
			if t := narrow16(b); t != nil {
				w.chain, w.data = w.chain+">utf-16", t
			}
		}
		if len(w.data) > 0 {
			out = append(out, w)
		}
	}
	if len(out) == 0 && !r.escape {
		if chain, b := flate.inflated(r.text); len(b) > 0 {
			out = append(out, wrapped{wrapping: wrapping{chain: chain, offset: r.offset, line: r.line}, data: b})
		}
	}
	return out
}

// upTo reads what can be read, up to maxWrapped: what came before damage counts.
func upTo(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, io.LimitReader(r, maxWrapped))
	return b.Bytes(), err
}

// note queues what a file's runs decode to.
func (x *inspection) note(f *File, r *runs) {
	if r.more && (f.Type == Document || bytes.HasPrefix(f.Head, []byte("#!"))) {
		x.gaps.add(f.Path, fmt.Sprintf("more than %d bytes or %d runs of encoded text in what is started", maxWrapped, maxRuns))
	}
	for _, one := range r.found {
		for _, w := range one.unwrapped(&r.flate) {
			if !x.inner(f, w.wrapping, w.data) {
				return
			}
		}
	}
}

// inner queues what a file's text is decoded to, by what and where; false when no more is taken.
// What a script decodes is a script: it keeps the line that says what runs it.
func (x *inspection) inner(f *File, in wrapping, data []byte) bool {
	if x.wrap.depth >= x.limits.Decode {
		x.gaps.add(f.Path, fmt.Sprintf("encoded more than %d times", x.limits.Decode))
		return false
	}
	if in.depth = x.wrap.depth + 1; x.wrap.chain != "" {
		in.chain, in.offset, in.line = x.wrap.chain+">"+in.chain, x.wrap.offset, x.wrap.line
	}
	w := wrapped{wrapping: in, file: *f, data: under(f.Head, data)}
	w.file.Size, w.file.Head = -1, nil
	return x.enqueue(w)
}

// enqueue queues what was decoded; false if there is too much of it.
func (x *inspection) enqueue(w wrapped) bool {
	if x.waiting += len(w.data); x.waiting > maxQueue {
		x.waiting -= len(w.data)
		x.gaps.add(w.file.Path, fmt.Sprintf("more than %d bytes of encoded text at once", maxQueue))
		return false
	}
	x.queue = append(x.queue, w)
	return true
}

// shellCalls are how programs of interpreted languages have a shell run something.
var shellCalls = regexp.MustCompile(`(?:os\.system|os\.popen|shell_exec|passthru|\bsystem|\bexecSync|child_process\.exec|subprocess\.(?:run|call|Popen|check_output|check_call|getoutput))\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')`)

// shellNames are what every match of shellCalls holds one of.
var shellNames = [][]byte{[]byte("system("), []byte("system ("), []byte("os.system"), []byte("os.popen"), []byte("shell_exec"), []byte("passthru"), []byte("execSync"), []byte("child_process.exec"), []byte("subprocess.")}

// shells queues the command lines that a decoded text has a shell run.
func (x *inspection) shells(f *File, text []byte) {
	text = text[:min(len(text), 64<<10)]
	if !slices.ContainsFunc(shellNames, func(name []byte) bool { return bytes.Contains(text, name) }) {
		return
	}
	for _, m := range shellCalls.FindAllSubmatch(text, 16) {
		line := quoted.Replace(string(m[1]) + string(m[2]))
		if line == "" {
			continue
		}
		w := wrapped{wrapping: x.wrap, file: *f, data: []byte("#!/bin/sh\n" + line + "\n")}
		w.chain, w.file.Size, w.file.Head = w.chain+">shell", -1, nil
		if !x.enqueue(w) {
			return
		}
	}
}

// quoted undoes the escapes of a quoted text that a command line may have.
var quoted = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\n`, "\n", `\t`, "\t", `\\`, `\`)

// unwrap inspects what was decoded, and what is decoded of that. At most one file's worth
// is held at once at each depth.
func (x *inspection) unwrap() error {
	if x.wrap.depth > 0 {
		return nil // the call above goes on with it
	}
	defer func() { x.wrap, x.queue, x.waiting = wrapping{}, nil, 0 }()
	for len(x.queue) > 0 {
		w := x.queue[len(x.queue)-1]
		x.queue[len(x.queue)-1] = wrapped{}
		x.queue = x.queue[:len(x.queue)-1]
		x.wrap, x.waiting = w.wrapping, x.waiting-len(w.data)
		if !strings.HasSuffix(w.chain, ">shell") {
			x.shells(&w.file, w.data)
		}
		if err := x.clock.check(); err != nil {
			return err
		}
		if err := x.inspectFile(&w.file, bytes.NewReader(w.data)); err != nil {
			return err
		}
	}
	return nil
}
