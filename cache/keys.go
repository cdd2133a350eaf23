package cache

import (
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// Keys of everything in a Store, in one place. docs/formats.md describes the values. The
// number is the format's version: another format has other keys.
func reportKey(set inspect.SetID, d oci.Digest) string {
	return "1:report:" + string(set) + ":" + d.String()
}
func memoKey(key string) string { return "1:memo:" + key }
func tagKey(ref oci.Reference) string {
	return "1:tag:" + ref.Registry + "/" + ref.Repository + ":" + ref.Tag
}
func sightKey(registry, repository string) string {
	return "1:sight:" + registry + "/" + repository
}
func linkKey(registry, repository string, d oci.Digest) string {
	return "1:link:" + registry + "/" + repository + "@" + d.String()
}
