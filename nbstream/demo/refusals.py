"""The errors of the embedded server, in the shape of OpenAI's."""

from __future__ import annotations

from starlette.responses import JSONResponse


class Refused(Exception):
    """The request cannot be served: an HTTP status, a sentence, the parameter to blame and a code."""

    def __init__(self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.param = param
        self.code = code

    def response(self) -> JSONResponse:
        """The answer that tells the client."""
        kind = "authentication_error" if self.status == 401 else "invalid_request_error"
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return JSONResponse({"error": error}, status_code=self.status)
