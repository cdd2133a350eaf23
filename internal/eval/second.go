package main

import (
	"github.com/lazaret/lazaret/internal/eval/second"
)

// bothSets returns the first author's variants and the second's.
func bothSets() ([]variant, error) {
	out := variants()
	images, err := second.Malicious()
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
			second: true, repository: img.Repository, spec: img.Spec,
		})
	}
	return out, nil
}
