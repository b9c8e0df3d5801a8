"""The gateway: HTTP for phone, kiosk and staff; owns visits; dispatches paintings to the freest stylize pod."""
