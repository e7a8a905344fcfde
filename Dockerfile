# docker build -t paper-tables .
# docker run --rm -v "$PWD/out:/out" paper-tables ablate --table fig3.5
# Not the slim image: torch.compile, which the ring trains with, needs a C++ compiler.
FROM python:3.11

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE cli.py ./
COPY common common
COPY lightning_modules lightning_modules
COPY datamodules datamodules
COPY ablations ablations
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

# Runs, reports, caches and synthetic data are written to the folder that the command is called in.
WORKDIR /out
ENTRYPOINT ["paper-tables"]
CMD ["tables"]
