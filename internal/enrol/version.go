package enrol

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// A Version is that of an engine. Zero: not known.
type Version struct{ Major, Minor, Patch int }

var versionPattern = regexp.MustCompile(`\bv?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?`)

// ParseVersion finds the first version in what an engine says of itself.
func ParseVersion(text string) (Version, error) {
	m := versionPattern.FindStringSubmatch(text)
	if m == nil {
		return Version{}, fmt.Errorf("no version in %.100q", text)
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi("0" + m[i+1]) // digits, four at most
	}
	return Version{n[0], n[1], n[2]}, nil
}

// Known reports whether there is one.
func (v Version) Known() bool { return v != Version{} }

// AtLeast reports whether v is w or later.
func (v Version) AtLeast(major, minor, patch int) bool {
	return cmp.Or(cmp.Compare(v.Major, major), cmp.Compare(v.Minor, minor), cmp.Compare(v.Patch, patch)) >= 0
}

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Docker returns dockerd's version as its releases count. What is built of the module
// github.com/moby/moby/v2 calls itself 2 and is of the line of Docker 29.
func (v Version) Docker() Version {
	if v.Major == 2 {
		return Version{29, v.Minor, v.Patch}
	}
	return v
}
