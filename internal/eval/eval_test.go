package main

import (
	"io"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// The malicious side has enough of every category, a third of it held out, and is the
// same each time; no two images of it are.
func TestVariants(t *testing.T) {
	made, held := map[inspect.Category]int{}, map[inspect.Category]int{}
	seen := map[string]string{}
	for i, v := range variants() {
		made[v.category]++
		if v.held {
			held[v.category]++
		}
		if i%thin != 0 {
			continue
		}
		img, err := testimage.Build(v.spec)
		if err != nil {
			t.Fatalf("%s, %s, %s: %v", v.category, v.technique, v.carrier, err)
		}
		name := v.repository + " " + img.Digest.String()
		if was, ok := seen[name]; ok {
			t.Errorf("variant %d, %s of %s, is the same as %s", i, v.technique, v.category, was)
		}
		seen[name] = v.technique
	}
	if len(made) != 13 {
		t.Errorf("%d categories", len(made))
	}
	for c, n := range made {
		if n < 25 || held[c] < n/4 {
			t.Errorf("%s: %d variants, %d of them held out", c, n, held[c])
		}
	}
	for i, v := range variants() {
		if i%(5*thin) != 0 {
			continue
		}
		img, err := testimage.Build(v.spec)
		if err != nil {
			t.Fatal(err)
		}
		if seen[v.repository+" "+img.Digest.String()] != v.technique {
			t.Errorf("variant %d, %s of %s, is not the same when it is made again", i, v.technique, v.category)
		}
	}
}

// An evaluation that finds too little fails.
func TestThresholds(t *testing.T) {
	good := func() *result {
		return &result{scores: map[inspect.Category]*score{inspect.Miner: {
			made: 20, found: 19, byAuthor: map[string]tally{"second": {20, 19}, "fourth": {20, 17}, "unread": {20, 12}, "another": {20, 19}},
		}}, files: 3000, warnings: 2}
	}
	if err := good().thresholds(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*result){
		"recall":              func(r *result) { r.scores[inspect.Miner].found = 18 },
		"the second author's": func(r *result) { r.scores[inspect.Miner].byAuthor["second"] = tally{20, 18} },
		"the newest's":        func(r *result) { r.scores[inspect.Miner].byAuthor["fourth"] = tally{20, 16} },
		"the unread":          func(r *result) { r.scores[inspect.Miner].byAuthor["unread"] = tally{20, 11} },
		"another's":           func(r *result) { r.scores[inspect.Miner].byAuthor["another"] = tally{20, 18} },
		"refusal":             func(r *result) { r.refusals = 1 },
		"warnings":            func(r *result) { r.warnings = 3 },
	} {
		r := good()
		spoil(r)
		if r.thresholds() == nil {
			t.Errorf("%s: not below a threshold", name)
		}
	}
}

// A run over one category, by the real inspector and policy, prints its figures.
func TestRun(t *testing.T) {
	if err := run(t.Context(), []string{"-offline", "-only", "typosquat"}, io.Discard); err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), []string{"-no-such-flag"}, io.Discard); err == nil {
		t.Error("an unknown flag is taken")
	}
}

// What is missed is told by name, but not of images that nobody is to read who mends.
func TestMissesOfTheUnreadAreNotTold(t *testing.T) {
	e, err := newEvaluator()
	if err != nil {
		t.Fatal(err)
	}
	var r result
	for _, author := range []string{"fifth", unread} {
		v := variant{author: author, category: inspect.Miner, technique: "of " + author, repository: "someone/app", spec: testimage.Clean("missed", 2000)}
		if err := r.malicious(t.Context(), e, v); err != nil {
			t.Fatal(err)
		}
		if got := r.scores[inspect.Miner].byAuthor[author]; got != (tally{made: 1}) {
			t.Errorf("%s: %v", author, got)
		}
	}
	if len(r.misses) != 1 || !strings.Contains(r.misses[0], "of fifth") {
		t.Errorf("misses: %q", r.misses)
	}
}
