package domain

import (
	"slices"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
	"github.com/lazaret/lazaret/inspect/internal/redact"
	"github.com/lazaret/lazaret/internal/oci"
)

// Digest reports a blob (a layer, a config, a manifest) that a feed names by its digest.
func (d *Detector) Digest(blob oci.Digest, found func(inspect.Finding)) {
	for _, m := range d.feeds.Image(blob) {
		found(whole(d.catalog, ruleBlob, m))
	}
}

// Hashes reports whether a feed has hashes of files.
func (d *Detector) Hashes() bool {
	return d.feeds.Has(func(c feed.Counts) int { return c.Files })
}

// Hash reports a file that a feed names by its hash.
func (d *Detector) Hash(_ *inspect.File, sum [32]byte, found func(inspect.Finding)) {
	for _, m := range d.feeds.File(sum) {
		found(whole(d.catalog, ruleFile, m))
	}
}

// whole makes a finding of a match that is about all of something.
func whole(c *catalog.Catalog, id string, m feed.Match) inspect.Finding {
	i := slices.IndexFunc(c.Rules, func(r catalog.Rule) bool { return r.ID == id })
	r := c.Rules[i]
	return inspect.Finding{
		Rule: c.Detector + "/" + id, Category: r.Category, Severity: r.Severity, Confidence: r.Confidence,
		Evidence: redact.Text(r.What + ": " + m.Indicator + ", on the feed " + m.Feed),
	}
}

// Repositories knows the repositories that feeds name.
type Repositories struct {
	catalog *catalog.Catalog
	feeds   func() *feed.Set
}

// NewRepositories makes Repositories of the feeds that are in force whenever it is asked.
func NewRepositories(feeds func() *feed.Set) (*Repositories, error) {
	_, c, err := read(rulesYAML)
	if err != nil {
		return nil, err
	}
	return &Repositories{catalog: c, feeds: feeds}, nil
}

// Check returns what feeds know of a repository of a registry, by the name that that goes
// by in references.
func (r *Repositories) Check(registry, repository string) []inspect.Finding {
	var out []inspect.Finding
	for _, m := range r.feeds().Repository(registry, repository) {
		out = append(out, whole(r.catalog, ruleRepository, m))
	}
	return out
}
