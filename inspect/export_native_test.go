//go:build native

package inspect

// NewPure is New with the machine in pure Go.
func NewPure(limits Limits, detectors ...Detector) (*Inspector, error) {
	return newInspector(pureGo(), limits, detectors)
}
