/* A receipt in the cashier's hidden frame prints itself; opened by hand it is only shown. */
if (window.frameElement?.hasAttribute("data-printing")) window.addEventListener("load", () => window.print());
