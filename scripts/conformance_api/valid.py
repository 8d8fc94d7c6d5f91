"""Whether documents are valid OpenAPI 3.1, for the Python that schemathesis has."""

import json
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

faults = 0
for name in sys.argv[1:]:
    for fault in OpenAPIV31SpecValidator(json.loads(Path(name).read_text())).iter_errors():
        print(f'{name}: /{"/".join(map(str, fault.absolute_path))}: {fault.message[:300]}')
        faults += 1
sys.exit(faults > 0)
