package inspect

import (
	"cmp"
	"math"
	"slices"
)

// minPart is the shortest part of a literal that is looked for in its stead, in bytes: shorter ones are met too often.
const minPart = 5

// perEnd is what it costs to compare a literal, in steps of an automaton that leave the states which all files lead to.
const perEnd = 1000

// shorten returns from which byte on each literal is looked for: a part at its end. Nearly all literals
// begin like words that all files are full of, and an automaton that follows each for some bytes is in hundreds of
// states all the time, more than a processor's first cache holds. So of each literal that part is chosen whose
// beginnings are seldom met, if they are not those of another literal's part.
func shorten(literals []literal) []int {
	order := make([]int, len(literals)) // the shortest first, which have least choice
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(literals[a].text), len(literals[b].text)) })
	from := make([]int, len(literals))
	used := map[string]bool{} // beginnings of parts, in classes
	done := map[string]int{}  // by text: several patterns have the same literal
	var met []float64
	for _, i := range order {
		text := literals[i].text
		if k, ok := done[text]; ok {
			from[i] = k
			continue
		}
		all := inClasses(text)
		least := math.Inf(1)
		for start := range max(1, len(text)-minPart+1) {
			met = rates(all[start:], met[:0])
			cost := perEnd * met[len(met)-1]
			for n, rate := range met {
				if !used[all[start:start+n+1]] {
					cost += rate
				}
			}
			if cost < least {
				least, from[i] = cost, start
			}
		}
		for end := from[i] + 1; end <= len(all); end++ {
			used[all[from[i]:end]] = true
		}
		done[text] = from[i]
	}
	return from
}

// inClasses is a text with the class of each byte.
func inClasses(text string) string {
	out := make([]byte, len(text))
	for i := range out {
		out[i] = classOf(text[i])
	}
	return string(out)
}
