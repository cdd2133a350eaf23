package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What a feed may be of, and how it may be written: those of package inspect/feed, which a
// test of cmd/lazaret holds these to.
var (
	feedCategories = [...]string{"malicious-domain", "new-domain", "dynamic-dns", "malware", "allow"}
	feedFormats    = [...]string{"list", "hosts", "misp", "maltrail", "ut1", "dated"}
)

// A Feed is one entry of LAZARET_FEEDS.
type Feed struct {
	Category string
	Format   string // "" to tell it from the bytes
	Location string // an http or https URL, a file or a folder
}

// Feeds are a list of feeds. The URLs may hold secrets: they print redacted.
type Feeds []Feed

// UnmarshalText reads "category[:format]=location,…". A location may hold "=" but no comma.
func (f *Feeds) UnmarshalText(text []byte) error {
	var out Feeds
	for one := range strings.SplitSeq(string(text), ",") {
		key, location, ok := strings.Cut(one, "=")
		category, format, formatted := strings.Cut(strings.TrimSpace(key), ":")
		location = strings.TrimSpace(location)
		switch {
		case !ok || location == "":
			return fmt.Errorf("not a list of feeds (category=location,category:format=location)")
		case !slices.Contains(feedCategories[:], category):
			return fmt.Errorf("not a category of feeds (%s)", strings.Join(feedCategories[:], ", "))
		case formatted && !slices.Contains(feedFormats[:], format):
			return fmt.Errorf("not a format of feeds (%s)", strings.Join(feedFormats[:], ", "))
		case strings.Contains(location, "://") && !remote(location):
			return fmt.Errorf("a feed is neither at an http or https URL nor in a file")
		}
		feed := Feed{category, format, location}
		if slices.Contains(out, feed) {
			return fmt.Errorf("a feed is there twice")
		}
		out = append(out, feed)
	}
	*f = out
	return nil
}

func remote(location string) bool {
	return strings.HasPrefix(location, "http://") || strings.HasPrefix(location, "https://")
}

// String writes the feeds as they were given, with what is secret in URLs hidden.
func (f Feeds) String() string {
	var out []string
	for _, one := range f {
		key, location := one.Category, one.Location
		if one.Format != "" {
			key += ":" + one.Format
		}
		if remote(location) {
			location = redactURL(location)
		}
		out = append(out, key+"="+location)
	}
	return strings.Join(out, ",")
}

// GoString hides the same from %#v.
func (f Feeds) GoString() string { return strconv.Quote(f.String()) }

// MarshalText hides the same from encoders.
func (f Feeds) MarshalText() ([]byte, error) { return []byte(f.String()), nil }
