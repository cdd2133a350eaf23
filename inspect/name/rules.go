package name

import "github.com/lazaret/lazaret/inspect"

// Rules lists what it may say.
func (l *List) Rules() []inspect.Rule {
	const source = "https://sysdig.com/blog/analysis-of-supply-chain-attacks-through-public-docker-images/"
	return []inspect.Rule{
		{ID: "name/misspelt", Category: inspect.Typosquat, Severity: inspect.High, Confidence: inspect.High, What: "a name that is a slip away from an official one", Source: source},
		{ID: "name/official-elsewhere", Category: inspect.Typosquat, Severity: inspect.Low, Confidence: inspect.Low, What: "an official name in the namespace of a publisher that is not known", Source: source},
	}
}
