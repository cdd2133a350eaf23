package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxLeafPath bounds the path of a leaf, in bytes, and with it what deep nesting costs.
const maxLeafPath = 128

// structs are the paths of the objects whose keys clients know. In others, such as
// Labels and Volumes, keys that differ in case are different keys.
var structs = []string{"", "config", "config.healthcheck", "container_config", "rootfs", "history"}

// survey walks a valid JSON document once, token by token, so that what it takes of
// memory is bounded by limit, the number of tokens. encoding/json matches keys without
// regard to case and lets the last one win; other parsers do neither. So keys of an
// object that are equal for it are listed.
func survey(b []byte, limit int) (*outline, error) {
	s := &surveyor{dec: json.NewDecoder(bytes.NewReader(b)), left: limit, out: &outline{top: map[string]json.Delim{}}}
	if err := s.walk(); err != nil {
		return nil, err
	}
	return s.out, nil
}

type surveyor struct {
	dec   *json.Decoder
	left  int // tokens that may still come
	stack []level
	out   *outline
}

// A level is an object or a list that is open.
type level struct {
	path  string
	seen  map[string]bool // of an object: its keys, in the form in which they must differ
	exact bool            // keys that differ in case are different
	key   string          // of an object: the key whose value comes next; "" before a key
	named bool            // key is set, which may be ""
}

func (s *surveyor) walk() error {
	for {
		tok, err := s.dec.Token()
		if err != nil {
			return fmt.Errorf("read it: %w", err)
		}
		if s.left--; s.left < 0 {
			return errTokens
		}
		s.token(tok)
		if len(s.stack) == 0 {
			return nil
		}
	}
}

func (s *surveyor) token(tok json.Token) {
	if d, ok := tok.(json.Delim); ok && (d == '}' || d == ']') {
		s.stack = s.stack[:len(s.stack)-1]
		return
	}
	var in *level
	if len(s.stack) > 0 {
		in = &s.stack[len(s.stack)-1]
	}
	if in != nil && in.seen != nil && !in.named {
		s.key(in, tok.(string)) // the decoder gives nothing else for a key
		return
	}
	path := ""
	if in != nil {
		path = in.path
		if in.seen != nil {
			path = s.join(in)
			in.named = false
		}
	}
	delim, _ := tok.(json.Delim)
	if len(s.stack) == 1 && in.seen != nil {
		s.out.top[fold(in.key)] = delim
	}
	switch v := tok.(type) {
	case string:
		if v != "" {
			s.out.leaves = append(s.out.leaves, leaf{path, v})
		}
	case json.Delim:
		next := level{path: path}
		if v == '{' {
			next.seen = map[string]bool{}
			next.exact = !slices.Contains(structs, fold(path))
		}
		s.stack = append(s.stack, next)
	}
}

// key takes note of a key of an object.
func (s *surveyor) key(in *level, key string) {
	in.key, in.named = key, true
	form := key
	if !in.exact {
		form = fold(key)
	}
	if in.seen[form] {
		s.out.doubles = append(s.out.doubles, s.join(in))
	}
	in.seen[form] = true
}

// join is the path of the key that an object is at.
func (s *surveyor) join(in *level) string {
	path := strings.ReplaceAll(in.key, ".", `\.`) // else a key could pass for a path
	if in.path != "" {
		path = in.path + "." + path
	}
	if len(path) > maxLeafPath {
		path = cut(path, maxLeafPath)
	}
	return path
}

// fold makes equal what encoding/json takes as equal keys, which is what bytes.EqualFold does:
// beside ASCII, the long s and the Kelvin sign are letters in another case.
func fold(key string) string {
	return strings.NewReplacer("ſ", "s", "\u212a", "k").Replace(strings.ToLower(strings.ToUpper(key)))
}
