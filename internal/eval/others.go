package main

import (
	"github.com/lazaret/lazaret/internal/eval/written"
)

// allSets returns the generated variants and the images that others have written.
func allSets() ([]variant, error) {
	out := variants()
	images, err := written.Malicious()
	if err != nil {
		return nil, err
	}
	for _, img := range images {
		carrier := img.Coat
		if carrier == "" {
			carrier = "itself"
		}
		out = append(out, variant{
			category: img.Category, or: img.Or, technique: img.Title, carrier: carrier,
			author: img.Author, repository: img.Repository, spec: img.Spec,
		})
	}
	return out, nil
}
