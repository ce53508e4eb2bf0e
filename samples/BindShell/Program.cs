Console.WriteLine("UserNet");
