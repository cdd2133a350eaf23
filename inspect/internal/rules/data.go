package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
)

// A Rule is one entry of `rules` in the YAML. It matches in one of five ways:
//
//   - keywords and pattern: the pattern matches around one of the keywords, in any file;
//   - words and least: so many of the named groups have a word in the file;
//   - programs, with a pattern or not: a command of the file starts one of the programs,
//     and the command's words, from the program's name on, joined by spaces, match;
//   - paths alone: the file is called so;
//   - code: the detector's own code says so.
type Rule struct {
	ID         string           `yaml:"id"` // without the detector's name
	Category   inspect.Category `yaml:"category"`
	Severity   inspect.Level    `yaml:"severity"`
	Confidence inspect.Level    `yaml:"confidence"` // at most
	What       string           `yaml:"what"`
	Source     string           `yaml:"source"`

	Keywords []string            `yaml:"keywords"` // every match of pattern holds one of these
	Pattern  string              `yaml:"pattern"`  // RE2; a group named secret is not shown in evidence
	Before   int                 `yaml:"before"`   // bytes around a keyword that pattern may see; 256 if not given
	After    int                 `yaml:"after"`
	Words    map[string][]string `yaml:"words"`
	Least    int                 `yaml:"least"` // of words: groups; of a pattern: different texts of its first group
	Programs []string            `yaml:"programs"`
	Code     bool                `yaml:"code"`

	// In says how sure the rule is in which place; elsewhere it says nothing. Without it
	// a rule is as sure as `confidence` in all places but source and prose, where it is low.
	In         map[string]inspect.Level `yaml:"in"`
	Paths      []string                 `yaml:"paths"`      // RE2, whole, on the path without leading slash
	Types      []string                 `yaml:"types"`      // regular and document if not given; symlink, hardlink
	Mode       string                   `yaml:"mode"`       // executable or setuid
	Largest    int64                    `yaml:"largest"`    // of the file, in bytes, if not 0
	Everywhere bool                     `yaml:"everywhere"` // not lower aside, in packages' trees and in comments
	Needs      []string                 `yaml:"needs"`      // rules that the file must match too
	Not        []string                 `yaml:"not"`        // rules that it must not
	Check      string                   `yaml:"check"`      // a check by the detector
	Silent     bool                     `yaml:"silent"`     // only for needs and not

	Match []Example `yaml:"match"` // give the rule, at its confidence or their own
	Pass  []Example `yaml:"pass"`  // give nothing above low, of any rule

	pattern *regexp.Regexp
	secret  int // the group named secret, 0 if there is none
	paths   []*regexp.Regexp
	gate    *gate // of paths
	types   uint  // a bit for each inspect.FileType
}

// An Example is a file that a test shows to the detector. In its text, `{{hex 00ff}}` stands
// for bytes and `{{}}` for nothing, so that no file of this repository has what is looked for.
type Example struct {
	Path       string         `yaml:"path"` // "config:…" is a part of a config
	Text       string         `yaml:"text"`
	Mode       uint32         `yaml:"mode"`       // as in a tar header; 0644 if not given
	ELF        bool           `yaml:"elf"`        // the text is the strings of a program
	Link       string         `yaml:"link"`       // of a symbolic link
	Confidence *inspect.Level `yaml:"confidence"` // if not the rule's
}

// parse reads the YAML and compiles its rules.
func parse(c Config) ([]*Rule, error) {
	var file struct {
		Rules []*Rule `yaml:"rules"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(c.YAML))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: read the rules: %w", c.Name, err)
	}
	if len(file.Rules) == 0 {
		return nil, fmt.Errorf("%s: no rules", c.Name)
	}
	ids := map[string]bool{}
	var errs []error
	for _, r := range file.Rules {
		if r == nil {
			return nil, fmt.Errorf("%s: an empty rule", c.Name)
		}
		if r.ID == "" || ids[r.ID] {
			errs = append(errs, errorf(c, r, "it has no id, or one that is taken"))
		}
		ids[r.ID] = true
		if r.Category == "" {
			r.Category = c.Category
		}
		if err := r.compile(c); err != nil {
			errs = append(errs, errorf(c, r, "%w", err))
		}
	}
	for _, r := range file.Rules {
		for _, id := range slices.Concat(r.Needs, r.Not) {
			if !ids[id] || id == r.ID {
				errs = append(errs, errorf(c, r, "it asks for %q, which is no other rule", id))
			}
		}
	}
	return file.Rules, errors.Join(errs...)
}

// compile checks a rule and makes its regular expressions.
func (r *Rule) compile(c Config) error {
	if err := r.check(c); err != nil {
		return err
	}
	var err error
	if r.Pattern != "" {
		if r.pattern, err = regexp.Compile(r.Pattern); err != nil {
			return fmt.Errorf("its pattern: %w", err)
		}
		r.secret = max(0, r.pattern.SubexpIndex("secret"))
	}
	for _, p := range r.Paths {
		re, err := regexp.Compile(`\A(?:` + p + `)\z`)
		if err != nil {
			return fmt.Errorf("its paths: %w", err)
		}
		r.paths = append(r.paths, re)
	}
	if len(r.Paths) > 0 {
		r.gate = newGate(r.Paths)
	}
	r.types = 1<<inspect.Regular | 1<<inspect.Document
	if len(r.Types) > 0 {
		r.types = 0
	}
	for _, name := range r.Types {
		i := slices.Index([]string{"regular", "directory", "symlink", "hardlink", "special", "document"}, name)
		if i < 0 {
			return fmt.Errorf("no file type %q", name)
		}
		r.types |= 1 << i
	}
	return nil
}

// lineBefore is how far into its line, in bytes, a match is looked at for being in a comment.
const lineBefore = 128

// check holds a rule to what its fields mean together.
func (r *Rule) check(c Config) error {
	ways := 0
	for _, way := range []bool{len(r.Keywords) > 0, len(r.Words) > 0, len(r.Programs) > 0, r.Code} {
		if way {
			ways++
		}
	}
	switch {
	case ways > 1 || ways == 0 && len(r.Paths) == 0:
		return errors.New("it must have one of keywords, words, programs, code, or paths alone")
	case len(r.Keywords) > 0 != (r.Pattern != "" && len(r.Programs) == 0):
		return errors.New("keywords need a pattern, and a pattern needs keywords or programs")
	case len(r.Words) > 0 && (r.Least < 1 || r.Least > len(r.Words)):
		return fmt.Errorf("it asks for %d groups of %d", r.Least, len(r.Words))
	case r.Code && c.Judge == nil:
		return errors.New("the detector has no code for it")
	case !r.Silent && (r.What == "" || r.Source == ""):
		return errors.New("it does not say what it finds, or by which source")
	case r.Severity < inspect.Low || r.Severity > inspect.Critical || r.Confidence < inspect.Low || r.Confidence > inspect.High:
		return errors.New("its severity or confidence is no level")
	case r.Mode != "" && r.Mode != "executable" && r.Mode != "setuid":
		return fmt.Errorf("no mode %q", r.Mode)
	case r.Check != "" && (c.Checks[r.Check] == nil || r.Pattern == ""):
		return fmt.Errorf("no check %q, or no pattern for it", r.Check)
	}
	for place, sure := range r.In {
		if !slices.Contains(spots[:], place) || sure > inspect.High {
			return fmt.Errorf("no place %q, or no confidence %v", place, sure)
		}
	}
	for _, name := range r.Programs {
		if name != strings.ToLower(name) || strings.ContainsAny(name, "/ ") {
			return fmt.Errorf("program %q is not a file's name in lower case", name)
		}
	}
	return nil
}

// fits reports whether the rule's path, type and mode are the file's.
func (r *Rule) fits(f *inspect.File) bool {
	switch {
	case r.types>>f.Type&1 == 0:
		return false
	case r.Mode == "executable" && f.Mode&0o111 == 0 && f.Type != inspect.Document:
		return false
	case r.Largest > 0 && f.Size > r.Largest:
		return false
	case r.Mode == "setuid" && f.Mode&fs.ModeSetuid == 0:
		return false
	}
	return len(r.paths) == 0 || r.gate.may(f.Path) && slices.ContainsFunc(r.paths, func(re *regexp.Regexp) bool { return re.MatchString(f.Path) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
