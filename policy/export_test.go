package policy

import (
	"maps"
	"slices"

	"github.com/lazaret/lazaret/inspect"
)

// Started returns the names of the programs that a config starts, and whether it starts
// the file at a path.
// Follows reports which paths an image starts by its Cmd and what scripts run.
func Follows(cmd []string, scripts []inspect.Script) func(path string) bool {
	table, err := defaultCorrelations()
	if err != nil {
		panic(err)
	}
	return startOf([]*inspect.ImageConfig{{Cmd: cmd}}, scripts, table).runs
}

func Started(c inspect.ImageConfig) (programs []string, runs func(path string) bool) {
	table, err := defaultCorrelations()
	if err != nil {
		panic(err)
	}
	s := startOf([]*inspect.ImageConfig{&c}, nil, table)
	return slices.Sorted(maps.Keys(s.programs)), s.runs
}

// ParseCorrelations reports what is wrong with a table.
func ParseCorrelations(text string) error {
	_, err := parseCorrelations([]byte(text))
	return err
}
