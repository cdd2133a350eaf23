//go:build !race

package inspect_test

// thin divides the volume of the larger tests.
const thin = 1
