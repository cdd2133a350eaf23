// Package second is a second author's corpus for the evaluation: look-alikes of malicious
// images and honest ones, written from published reports and from daily use, by somebody
// who had not read the detectors' rules nor the first generator.
//
// Each *.txt holds images of one category in a small language, whole: see parse. What
// stands in {{ }} is made from a seed by the functions of words.go, so that no wallet,
// key, token or host in them is anybody's. Nothing in an image works: a program is the
// header of one and the texts that such a program holds.
package second

import (
	"embed"
	"fmt"
	"hash/fnv"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// data has one file for each category, named as it is, and honest.txt.
//
//go:embed *.txt
var data embed.FS

// honest is the name of the file whose images are nobody's concern.
const honest = "honest"

// An Image is one of the corpus, and how it is packed.
type Image struct {
	Category   inspect.Category
	Or         inspect.Category // as right an answer; "" if there is none
	Title      string
	Coat       string // how its layers are packed
	Repository string
	Spec       testimage.Spec
}

// Malicious returns the look-alikes of all categories: each as it is written, and in a
// coat. The same each time.
func Malicious() ([]Image, error) {
	names, err := data.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("second: %w", err)
	}
	var out []Image
	for _, n := range names {
		category := strings.TrimSuffix(n.Name(), path.Ext(n.Name()))
		if category == honest {
			continue
		}
		images, err := read(category)
		if err != nil {
			return nil, err
		}
		for i, img := range images {
			img.Category = inspect.Category(category)
			out = append(out, img)
			if c := coats()[i%len(coats())]; c.fits(img) {
				out = append(out, c.put(img))
			}
		}
	}
	return append(out, unreadable()...), nil
}

// Honest returns images like those of well-known projects.
func Honest() ([]Image, error) { return read(honest) }

// read returns the images of a file as they are written.
func read(category string) ([]Image, error) {
	b, err := data.ReadFile(category + ".txt")
	if err != nil {
		return nil, fmt.Errorf("second: %w", err)
	}
	var out []Image
	for i, block := range strings.Split("\n"+string(b), "\n=== ")[1:] {
		title, _, _ := strings.Cut(block, "\n")
		text, err := expand(seedOf(category, title), block)
		if err != nil {
			return nil, fmt.Errorf("second: %s, image %d, %s: %w", category, i+1, title, err)
		}
		img, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("second: %s, image %d, %s: %w", category, i+1, title, err)
		}
		out = append(out, img)
	}
	return out, nil
}

func seedOf(category, title string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(category + "/" + title)) // a hash takes everything
	return fmt.Sprintf("second %x", h.Sum64())
}

// Feeds returns the names and addresses that the images of new-domain and
// malicious-domain call: a list in each format that feeds are met in.
func Feeds() []Feed { return slices.Clone(feeds()) }
