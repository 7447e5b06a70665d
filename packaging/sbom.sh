#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The SBOM of a build in SPDX 2.3, as JSON on stdout: the files in FOLDER, and the packages that are linked into them.
#
#   sbom.sh BUILD FOLDER      BUILD has the link maps; FOLDER the files as they are passed on (stripped ones)
#
# The same input gives the same bytes; SOURCE_DATE_EPOCH is the time of it.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
build=$1 folder=$2
files=(crumple crumple-drill crumple-run crumple-writer libcrumple.so musl/libcrumple.so)
version=$("$here/version.sh")

# The licence of a source package, as NOTICE has it.
licence_of() {
    awk -v name="$1" '$1 == name && /^  [^ ]/ { sub(/^  [^ ]+ +/, ""); sub(/   *.*/, ""); print; exit }' "$here/../NOTICE"
}

# join: lines of stdin, between commas
join() {
    awk 'NR > 1 { print line "," } { line = $0 } END { print line }'
}

put_files() {
    local file
    for file in "${files[@]}"; do
        printf '    {"SPDXID": "SPDXRef-file-%s", "fileName": "./%s", "fileTypes": ["BINARY"], "checksums": [{"algorithm": "SHA1", "checksumValue": "%s"}, {"algorithm": "SHA256", "checksumValue": "%s"}], "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION"}\n' \
            "${file/\//-}" "$file" "$(sha1sum <"$folder/$file" | cut -d ' ' -f 1)" "$(sha256sum <"$folder/$file" | cut -d ' ' -f 1)"
    done | join
}

put_packages() {
    local package package_version source source_version licence
    printf '    {"SPDXID": "SPDXRef-crumple", "name": "crumple", "versionInfo": "%s", "primaryPackagePurpose": "APPLICATION", "downloadLocation": "NOASSERTION", "filesAnalyzed": true, "packageVerificationCode": {"packageVerificationCodeValue": "%s"}, "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT", "licenseInfoFromFiles": ["NOASSERTION"], "copyrightText": "Copyright (c) 2026 The crumple authors"}' \
        "$version" "$(cd "$folder" && sha1sum "${files[@]}" | cut -d ' ' -f 1 | sort | tr -d '\n' | sha1sum | cut -d ' ' -f 1)"
    while IFS=$'\t' read -r package package_version source source_version; do
        licence=$(licence_of "$source")
        [ -n "$licence" ] || {
            echo "sbom.sh: NOTICE does not name '$source'" >&2
            return 1
        }
        printf ',\n    {"SPDXID": "SPDXRef-deb-%s", "name": "%s", "versionInfo": "%s", "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "sourceInfo": "built from Debian source package %s %s", "licenseConcluded": "NOASSERTION", "licenseDeclared": "%s", "copyrightText": "NOASSERTION", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:deb/debian/%s@%s?arch=amd64"}]}' \
            "$package" "$package" "$package_version" "$source" "$source_version" "$licence" \
            "$package" "$(sed 's/%/%25/g; s/:/%3A/g; s/+/%2B/g; s/~/%7E/g' <<<"$package_version")"
    done < <(cut -f 2-5 <<<"$linked" | sort -u)
    echo
}

put_relationships() {
    local file package rest
    {
        relationship SPDXRef-DOCUMENT DESCRIBES SPDXRef-crumple
        for file in "${files[@]}"; do relationship SPDXRef-crumple CONTAINS "SPDXRef-file-${file/\//-}"; done
        while IFS=$'\t' read -r file package rest; do
            relationship "SPDXRef-file-${file/\//-}" STATIC_LINK "SPDXRef-deb-$package"
        done <<<"$linked"
    } | join
}

relationship() {
    printf '    {"spdxElementId": "%s", "relationshipType": "%s", "relatedSpdxElement": "%s"}\n' "$1" "$2" "$3"
}

linked=$("$here/linked.sh" "$build")
listed_files=$(put_files)
listed_packages=$(put_packages)
cat <<JSON
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "crumple-$version",
  "documentNamespace": "https://spdx.org/spdxdocs/crumple-$version-$(sha256sum <<<"$listed_files$listed_packages" | cut -c 1-32)",
  "creationInfo": {
    "created": "$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%FT%TZ)",
    "creators": ["Tool: crumple packaging/sbom.sh"]
  },
  "hasExtractedLicensingInfos": [
    {"licenseId": "LicenseRef-public-domain", "name": "public domain", "extractedText": "liblzma: This file has been put into the public domain. You can do whatever you want with this file."}
  ],
  "packages": [
$listed_packages
  ],
  "files": [
$listed_files
  ],
  "relationships": [
$(put_relationships)
  ]
}
JSON
