"""A redactor of either engine, and what each kind of secret looks like."""

from hivemindd.redaction import patterns
from hivemindd.redaction.redactor import Redactor

AUTO = Redactor()
PLAIN = Redactor("re")
SAMPLES = [(row.kind, sample) for row in patterns.TABLE for sample in row.samples]
