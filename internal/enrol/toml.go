package enrol

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A tomlEdit sets a key of a table; the path of the outermost table is empty. A value is
// a string, a bool, an int64 or a []string.
type tomlEdit struct {
	table []string
	key   string
	value any
}

// editTOML sets keys and leaves all else as it is, comments included. What it cannot set so
// is an ErrConflict that has the lines to write.
func editTOML(src []byte, edits ...tomlEdit) ([]byte, error) {
	out := src
	for _, e := range edits {
		next, err := e.apply(out)
		if err != nil {
			return nil, err
		}
		out = next
	}
	return out, nil
}

func (e tomlEdit) apply(src []byte) ([]byte, error) {
	before, err := decodeTOML(src)
	if err != nil {
		return nil, err
	}
	want, err := decodeTOML([]byte(e.lines()))
	if err != nil {
		return nil, err
	}
	if has, ok := lookUp(before, append(slices.Clone(e.table), e.key)); ok {
		if v, _ := lookUp(want, append(slices.Clone(e.table), e.key)); reflect.DeepEqual(has, v) {
			return src, nil
		}
	}
	out, ok := e.edit(src)
	if ok {
		// Nothing but this key may be other than before.
		after, err := decodeTOML(out)
		if err == nil && set(before, want) && reflect.DeepEqual(before, after) {
			return out, nil
		}
	}
	return nil, conflict("the file cannot be changed without touching what else is in it. Please write into it:\n\n%s", e.lines())
}

// lines is the setting as a file of its own.
func (e tomlEdit) lines() string {
	if len(e.table) == 0 {
		return e.line() + "\n"
	}
	return "[" + tomlPath(e.table) + "]\n  " + e.line() + "\n"
}

func (e tomlEdit) line() string { return e.key + " = " + tomlValue(e.value) }

// edit changes the text, if it can.
func (e tomlEdit) edit(src []byte) ([]byte, bool) {
	found, ok := e.find(src)
	switch {
	case !ok:
		return nil, false
	case found.value.Length > 0: // a string that is there, or a list of strings
		return splice(src, int(found.value.Offset), int(found.value.Offset+found.value.Length), tomlValue(e.value)), true
	case found.keyed: // a table, or another list
		return nil, false
	case found.header >= 0:
		at, indent := lineEnd(src, found.header), indentAt(src, found.header)+"  "
		if found.first >= 0 { // as the table's first key is
			indent = indentAt(src, found.first)
		}
		return insertLine(src, at, indent+e.line()), true
	case len(e.table) == 0 && found.first >= 0:
		start := bytes.LastIndexByte(src[:found.first], '\n') + 1
		line := e.line() + "\n"
		if found.atHeader {
			line += "\n"
		}
		return splice(src, start, start, line), true
	}
	text := e.lines()
	if len(bytes.TrimSpace(src)) > 0 {
		text = "\n" + text
		if !bytes.HasSuffix(src, []byte("\n")) {
			text = "\n" + text
		}
	}
	return append(slices.Clone(src), text...), true
}

// A place is where in a text something is, as offsets; -1: nowhere.
type place struct {
	keyed    bool           // the key is there
	value    unstable.Range // of its value, if that is a string, or a list of strings without comments
	header   int            // of the table's header
	first    int            // of the table's first key; of the first expression, for the outermost
	atHeader bool           // which is a header
}

// find looks for the edit's place. It is not ok where the table is an array of tables.
func (e tomlEdit) find(src []byte) (place, bool) {
	out := place{header: -1, first: -1}
	var p unstable.Parser
	p.Reset(src)
	var table []string
	outermost := len(e.table) == 0
	inside := outermost
	for p.NextExpression() {
		x := p.Expression()
		keys, at := keysOf(x)
		if out.first < 0 && (outermost || inside && x.Kind == unstable.KeyValue) {
			out.first, out.atHeader = at, x.Kind != unstable.KeyValue
		}
		switch x.Kind {
		case unstable.ArrayTable:
			if isPrefix(keys, e.table) {
				return out, false
			}
			table, inside = keys, false
		case unstable.Table:
			table, inside = keys, slices.Equal(keys, e.table)
			if inside {
				out.header = at
			}
		case unstable.KeyValue:
			if slices.Equal(append(slices.Clone(table), keys...), append(slices.Clone(e.table), e.key)) {
				out.keyed = true
				switch v := x.Value(); v.Kind {
				case unstable.String:
					out.value = v.Raw
				case unstable.Array:
					out.value = listRange(src, x)
				}
			}
		}
	}
	return out, p.Error() == nil
}

// listRange is where the list of strings is that a key has, of length 0 if it holds anything else:
// the parser tells where the key is, and each string.
func listRange(src []byte, x *unstable.Node) (out unstable.Range) {
	at := 0
	for it := x.Key(); it.Next(); {
		at = int(it.Node().Raw.Offset + it.Node().Raw.Length)
	}
	skip := func(set string) {
		for at < len(src) && strings.IndexByte(set, src[at]) >= 0 {
			at++
		}
	}
	skip(" \t=")
	begin := at
	if at == len(src) || src[at] != '[' {
		return out
	}
	at++
	for it := x.Value().Children(); it.Next(); {
		n := it.Node()
		skip(" \t\r\n,")
		if n.Kind != unstable.String || int(n.Raw.Offset) != at {
			return out
		}
		at += int(n.Raw.Length)
	}
	skip(" \t\r\n,")
	if at == len(src) || src[at] != ']' {
		return out
	}
	return unstable.Range{Offset: uint32(begin), Length: uint32(at + 1 - begin)}
}

func keysOf(x *unstable.Node) (keys []string, at int) {
	at = -1
	for it := x.Key(); it.Next(); {
		n := it.Node()
		if at < 0 {
			at = int(n.Raw.Offset)
		}
		keys = append(keys, string(n.Data))
	}
	return keys, at
}

func isPrefix(of, whole []string) bool {
	return len(of) <= len(whole) && slices.Equal(of, whole[:len(of)])
}

func splice(src []byte, from, to int, text string) []byte {
	return slices.Concat(src[:from], []byte(text), src[to:])
}

// lineEnd is the offset of the end of the line that at is in, before its line break.
func lineEnd(src []byte, at int) int {
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(src)
}

func indentAt(src []byte, at int) string {
	line := src[bytes.LastIndexByte(src[:at], '\n')+1 : at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// insertLine puts a line after the one that ends at an offset.
func insertLine(src []byte, at int, line string) []byte {
	if at > 0 && src[at-1] == '\r' {
		line += "\r"
	}
	return splice(src, at, at, "\n"+line)
}

func tomlPath(keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		if out[i] = k; k == "" || strings.ContainsFunc(k, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
		}) {
			out[i] = tomlValue(k)
		}
	}
	return strings.Join(out, ".")
}

// tomlValue writes a value of a tomlEdit. Strings here are URLs, paths and names without
// control characters, which TOML's basic strings write as Go does.
func tomlValue(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = fmt.Sprintf("%q", s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func decodeTOML(b []byte) (map[string]any, error) {
	out := map[string]any{}
	if err := toml.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("not TOML: %w", err)
	}
	return out, nil
}

// lookUp returns what is at a path of tables.
func lookUp(m map[string]any, keys []string) (any, bool) {
	var v any = m
	for _, k := range keys {
		table, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = table[k]; !ok {
			return nil, false
		}
	}
	return v, true
}

// set puts all of from into m, one key at the end of a path of tables. It reports whether it could.
func set(m, from map[string]any) bool {
	for k, v := range from {
		table, ok := v.(map[string]any)
		if !ok {
			m[k] = v
			continue
		}
		if m[k] == nil {
			m[k] = map[string]any{}
		}
		into, ok := m[k].(map[string]any)
		if !ok || !set(into, table) {
			return false
		}
	}
	return true
}
