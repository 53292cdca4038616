#!/usr/bin/env bash
# Makes marketplace/static/vendor/echarts/echarts.slim.min.js again: the parts of Apache ECharts that pages use, in one file.
# Needs node and npm, and the npm registry; nothing of it is needed to run or test the service.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
to=$here/../../marketplace/static/vendor/echarts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/{entry.mjs,package.json,package-lock.json} "$work"
cd "$work"
npm ci --no-audit --no-fund --silent
node node_modules/esbuild/install.js
node_modules/.bin/esbuild entry.mjs --bundle --minify --format=iife --global-name=echarts --legal-comments=none \
    '--define:process.env.NODE_ENV="production"' --outfile="$to/echarts.slim.min.js"
cd "$to"
sha256sum -- LICENSE LICENSE-tslib LICENSE-zrender NOTICE echarts.slim.min.js >MANIFEST.sha256
