// Package written has corpora for the evaluation by other authors than the generator's:
// look-alikes of malicious images and honest ones, written from published reports and
// from daily use, each by somebody who had read neither the detectors' rules nor what
// the authors before had written.
//
// Each author has a folder; what nobody has read who mended the rules is in unread. Each *.txt in it holds images of one category in a small
// language, whole: see parse. What stands in {{ }} is made from a seed by the functions
// of words.go, so that no wallet, key, token or host in them is anybody's. Nothing in an
// image works: a program is the header of one and the texts that such a program holds.
package written

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

// data has a folder for each author, with one file for each category, named as it is,
// and honest.txt.
//
//go:embed */*.txt
var data embed.FS

// honest is the name of the files whose images are nobody's concern.
const honest = "honest"

// An Image is one of the corpus, and how it is packed.
type Image struct {
	Author     string // the name of the folder
	Category   inspect.Category
	Or         inspect.Category // as right an answer; "" if there is none
	Title      string
	Coat       string // how its layers are packed
	Repository string
	Spec       testimage.Spec
}

// Authors returns the authors' names, sorted.
func Authors() ([]string, error) {
	folders, err := data.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("written: %w", err)
	}
	var out []string
	for _, f := range folders {
		out = append(out, f.Name())
	}
	return out, nil
}

// Malicious returns the look-alikes of all authors and categories: each as it is written,
// and in a coat. The same each time.
func Malicious() ([]Image, error) {
	images, err := all(func(category string) bool { return category != honest })
	if err != nil {
		return nil, err
	}
	var out []Image
	n := map[string]int{} // images of an author and category so far
	for _, img := range images {
		out = append(out, img)
		key := img.Author + "/" + string(img.Category)
		if c := coats()[n[key]%len(coats())]; c.fits(img) {
			out = append(out, c.put(img))
		}
		n[key]++
	}
	return append(out, unreadable()...), nil
}

// Honest returns images like those of well-known projects, and of people who use them.
func Honest() ([]Image, error) { return all(func(category string) bool { return category == honest }) }

// all returns the images of the files that are wanted as they are written.
func all(want func(category string) bool) ([]Image, error) {
	authors, err := Authors()
	if err != nil {
		return nil, err
	}
	var out []Image
	for _, author := range authors {
		files, err := data.ReadDir(author)
		if err != nil {
			return nil, fmt.Errorf("written: %w", err)
		}
		for _, f := range files {
			category := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
			if !want(category) {
				continue
			}
			images, err := read(author, category)
			if err != nil {
				return nil, err
			}
			out = append(out, images...)
		}
	}
	return out, nil
}

// read returns the images of a file.
func read(author, category string) ([]Image, error) {
	b, err := data.ReadFile(path.Join(author, category+".txt"))
	if err != nil {
		return nil, fmt.Errorf("written: %w", err)
	}
	var out []Image
	for i, block := range strings.Split("\n"+string(b), "\n=== ")[1:] {
		title, _, _ := strings.Cut(block, "\n")
		text, err := expand(seedOf(author, category, title), block)
		if err != nil {
			return nil, fmt.Errorf("written: %s/%s, image %d, %s: %w", author, category, i+1, title, err)
		}
		img, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("written: %s/%s, image %d, %s: %w", author, category, i+1, title, err)
		}
		if img.Author = author; category != honest {
			img.Category = inspect.Category(category)
		}
		out = append(out, img)
	}
	return out, nil
}

func seedOf(author, category, title string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(category + "/" + title)) // a hash takes everything
	return fmt.Sprintf("%s %x", author, h.Sum64())
}

// Feeds returns the names and addresses that the images of new-domain and
// malicious-domain call: a list in each format that feeds are met in.
func Feeds() []Feed { return slices.Clone(feeds()) }
