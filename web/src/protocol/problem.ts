/* How the server says no, as an error that programs can decide by. */
import type { FailCode, Problem } from "./generated";

export type ErrorCode = FailCode | "network" | "unknown";

export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, status: number, problem?: Partial<Problem>) {
    super(problem?.title ?? code);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.detail = problem?.detail;
    this.field = problem?.field;
    this.retryAfter = problem?.retry_after;
  }

  static of(problem: Problem): ApiError {
    return new ApiError(problem.code as FailCode, problem.status, problem);
  }
}

/** In how many seconds one may try again, where the server says it. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.retryAfter : undefined;
}

export function codeOf(error: unknown): ErrorCode {
  return error instanceof ApiError ? error.code : "unknown";
}
