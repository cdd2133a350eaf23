package enrol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/tailscale/hujson"
)

// A jsonEdit sets a member of the outermost object, or removes it if value is nil.
type jsonEdit struct {
	name  string
	value any
}

// editJSON changes members of a JSON object and leaves all else as it is, order and white
// space included. Nothing, or white space alone, is an empty object.
func editJSON(src []byte, edits ...jsonEdit) ([]byte, error) {
	if len(bytes.TrimSpace(src)) == 0 {
		src = []byte("{}\n")
	}
	before, err := decodeObject(src)
	if err != nil {
		return nil, err
	}
	root, err := hujson.Parse(src)
	if err != nil {
		return nil, err
	}
	obj, ok := root.Value.(*hujson.Object)
	if !ok {
		return nil, fmt.Errorf("not a JSON object")
	}
	seen := map[string]bool{}
	for _, m := range obj.Members {
		name := memberName(m)
		if seen[name] {
			return nil, conflict("the name %q is there twice: readers differ on which holds", name)
		}
		seen[name] = true
	}
	for _, e := range edits {
		if err := editMember(obj, e); err != nil {
			return nil, err
		}
		if e.value == nil {
			delete(before, e.name)
		} else if before[e.name], err = plain(e.value); err != nil {
			return nil, err
		}
	}
	out := root.Pack()
	after, err := decodeObject(out)
	if err != nil || !reflect.DeepEqual(before, after) {
		return nil, conflict("the file is written in a way that is not understood well enough to change it")
	}
	return out, nil
}

func memberName(m hujson.ObjectMember) string {
	l, _ := m.Name.Value.(hujson.Literal) // the parser admits nothing else
	return l.String()
}

func editMember(obj *hujson.Object, e jsonEdit) error {
	at := slices.IndexFunc(obj.Members, func(m hujson.ObjectMember) bool { return memberName(m) == e.name })
	last := len(obj.Members) - 1
	switch {
	case e.value == nil && at < 0:
		return nil
	case e.value == nil:
		if at == last && at > 0 {
			obj.Members[at-1].Value.AfterExtra = nil // there is no comma after it any more
		}
		obj.Members = slices.Delete(obj.Members, at, at+1)
		return nil
	}
	value, err := literal(e.value)
	if err != nil {
		return err
	}
	if at >= 0 {
		obj.Members[at].Value.Value = value
		return nil
	}
	m := hujson.ObjectMember{Name: hujson.Value{Value: hujson.String(e.name)}, Value: hujson.Value{BeforeExtra: hujson.Extra(" "), Value: value}}
	if last < 0 {
		m.Name.BeforeExtra, obj.AfterExtra = hujson.Extra("\n  "), hujson.Extra("\n")
	} else {
		m.Name.BeforeExtra = slices.Clone(obj.Members[last].Name.BeforeExtra)
		m.Value.BeforeExtra = slices.Clone(obj.Members[last].Value.BeforeExtra)
		if len(m.Name.BeforeExtra) == 0 { // the first on a line that goes on
			m.Name.BeforeExtra = slices.Clone(m.Value.BeforeExtra)
		}
	}
	obj.Members = append(obj.Members, m)
	return nil
}

// literal is a value as the editor has it, on one line with a space after commas.
func literal(v any) (hujson.ValueTrimmed, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	out, err := hujson.Parse(b)
	if err != nil {
		return nil, err
	}
	if a, ok := out.Value.(*hujson.Array); ok {
		for i := range a.Elements {
			if i > 0 {
				a.Elements[i].BeforeExtra = hujson.Extra(" ")
			}
		}
	}
	return out.Value, nil
}

// plain is a value as a decoder would give it.
func plain(v any) (out any, err error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err = d.Decode(&out)
	return out, err
}

func decodeObject(b []byte) (map[string]any, error) {
	if !json.Valid(b) {
		// For the place and the cause.
		if err := json.Unmarshal(b, new(any)); err != nil {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
	}
	out := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	return out, nil
}
