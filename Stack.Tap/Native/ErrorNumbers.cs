namespace UserNet.Tap.Native;

/// <summary>Error numbers that only devices answer.</summary>
internal static class ErrorNumbers
{
    public const int NoSuchDeviceOrAddress = 6, Busy = 16, BadState = 77;    // ENXIO, EBUSY, EBADFD
}
