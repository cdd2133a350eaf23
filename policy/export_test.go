package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"

	"github.com/lazaret/lazaret/inspect"
)

// Follows reports which paths an image starts by its Cmd and what scripts run.
func Follows(cmd []string, scripts []inspect.Script) func(path string) bool {
	table, err := defaultCorrelations()
	if err != nil {
		panic(err)
	}
	return startOf([]*inspect.ImageConfig{{Cmd: cmd}}, scripts, table).runs
}

// Started returns the names of the programs that a config starts, and whether it starts
// the file at a path.
func Started(c inspect.ImageConfig) (programs []string, runs func(path string) bool) {
	table, err := defaultCorrelations()
	if err != nil {
		panic(err)
	}
	s := startOf([]*inspect.ImageConfig{&c}, nil, table)
	return slices.Sorted(maps.Keys(s.programs)), s.runs
}

// Correlations returns the ids of the correlations.
func Correlations() (out []string) {
	table, err := defaultCorrelations()
	if err != nil {
		panic(err)
	}
	for _, r := range table.rules {
		out = append(out, r.ID)
	}
	return out
}

// ParseCorrelations reports what is wrong with a table.
func ParseCorrelations(text string) error {
	_, err := parseCorrelations([]byte(text))
	return err
}

// VocabularyTable is what expressions may ask, as the manual has it.
func VocabularyTable() string {
	var b strings.Builder
	row := func(name string, kind fmt.Stringer, doc string) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, strings.ReplaceAll(strings.ReplaceAll(kind.String(), "google.protobuf.Timestamp", "timestamp"), "dyn", "finding"), doc)
	}
	b.WriteString("| name | type | what it is |\n|---|---|---|\n")
	for _, o := range []struct{ prefix, object string }{{"image.", imageObject}, {"image.config.", configObject}, {"upstream.", upstreamObject}, {"client.", clientObject}, {"finding.", findingObject}} {
		for _, name := range slices.Sorted(maps.Keys(vocabulary[o.object])) {
			f := vocabulary[o.object][name]
			if name == "config" {
				continue
			}
			row(o.prefix+name, f.kind, f.doc)
		}
	}
	row("findings", types.NewListType(types.DynType), "all findings that no exception excuses, each like `finding`")
	row("now", types.TimestampType, "when it is asked")
	row("low", types.IntType, "and `medium`, `high`, `critical`: levels, in rising order")
	b.WriteString("| `text.glob(pattern)` | bool | whether a text is of a pattern, of which `*` and `?` match no `/`: `image.repository.glob(\"acme/*\")` |\n")
	b.WriteString("| `address.inNetwork(network)` | bool | whether an address is in a network: `client.address.inNetwork(\"10.0.0.0/8\")` |\n")
	return b.String()
}
