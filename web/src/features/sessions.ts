/* What a session is called where people look at their own, and administrators at those of others. */
import type { I18n } from "../i18n/i18n";
import { deviceOf } from "../model/device";
import type { Session } from "../protocol/generated";

/** What it calls itself; a browser in words. */
export function sessionName(session: Session, i18n: I18n): string {
  const device = deviceOf(session.label);
  return device ? i18n.t("settings.device", { ...device }) : session.label;
}
